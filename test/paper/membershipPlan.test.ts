import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import { leaveJoint, planChange } from "../../src/raft/membershipPlan.ts";
import { isQuorum, membersOf } from "../../src/raft/quorum.ts";
import type { Membership, MembershipChange } from "../../src/raft/types.ts";
import { isLegalStep } from "../support/raftHistory.ts";
import { newcomer } from "../support/raftMembership.ts";

const ids = Array.from({ length: 6 }, (_, i) => NodeId(`n${i + 1}`));
const some = fc.subarray(ids);

const membership: fc.Arbitrary<Membership> = fc
  .record({
    voters: fc.subarray(ids, { minLength: 1 }),
    learners: some,
    wishes: some,
    replaces: fc.constantFrom(...ids),
  })
  .map(({ voters, learners: drawn, wishes, replaces }) => {
    const learners = drawn.filter((id) => !voters.includes(id));
    const details = learners.map((id) => {
      const wish = {
        promote: wishes.includes(id),
        replaces: wishes.includes(id) && id !== replaces ? replaces : null,
      };
      const { address } = newcomer(id);
      return [id, { address, incarnation: "old", since: LogIndex(2), ...wish }];
    });
    return { voters, outgoing: [], learners, details: Object.fromEntries(details) };
  });

const change: fc.Arbitrary<MembershipChange> = fc
  .record({ add: some, promote: some, remove: some })
  .map(({ add, promote, remove }) => ({ add: add.map((id) => newcomer(id)), promote, remove }));

describe("plans of membership changes", () => {
  // Put it in: membershipPlan.ts, `planChange`: a joint configuration only for more than two changed voters.
  test("whatever is asked for: a step after which majorities overlap, or a reason", () => {
    let planned = 0;
    fc.assert(
      fc.property(membership, change, (before, wanted) => {
        const plan = planChange(before, wanted, LogIndex(9));
        if ("why" in plan) {
          expect(plan.why).not.toBe("");
          return;
        }
        planned += 1;
        const after = plan.membership;
        expect(isLegalStep(before, after)).toBe(true);
        expect(after.voters.length).toBeGreaterThan(0);
        expect(new Set([...after.voters, ...after.learners]).size).toBe(
          after.voters.length + after.learners.length,
        );
        const final = leaveJoint(after);
        expect(isLegalStep(after, final) || after.outgoing.length === 0).toBe(true);
        for (const { id } of wanted.add) expect(final.details?.[id]?.since).toBe(9);
        for (const id of wanted.promote) expect(final.voters).toContain(id);
        for (const id of wanted.remove) expect(membersOf(final)).not.toContain(id);
        for (const id of Object.keys(final.details ?? {})) expect(membersOf(final)).toContain(id);
      }),
      { numRuns: 2_000 },
    );
    expect(planned).toBeGreaterThan(20);
  });

  test("majorities before and after a step share a node, in any split", () => {
    fc.assert(
      fc.property(membership, change, some, (before, wanted, split) => {
        const plan = planChange(before, wanted, LogIndex(9));
        if ("why" in plan) return;
        const side = (id: NodeId) => split.includes(id);
        const both = isQuorum(before, side) && isQuorum(plan.membership, (id) => !side(id));
        expect(both).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  // Put it in: membershipPlan.ts, `planChange`: keep `replaces` as it is. n5 could then never be promoted, nor join again.
  test("whose place a learner was to take is removed, or begins anew: it comes in its own right", () => {
    const [n1, n2, n3, , n5] = ids;
    if (n1 === undefined || n2 === undefined || n3 === undefined || n5 === undefined) throw new Error("ids");
    const details = {
      [n5]: { address: "", incarnation: "", since: LogIndex(2), promote: true, replaces: n2 },
    };
    const before: Membership = { voters: [n1, n2, n3], outgoing: [], learners: [n5], details };
    const nothing = { add: [], promote: [], remove: [] };
    for (const wanted of [
      { ...nothing, remove: [n2] },
      { ...nothing, add: [newcomer(n2)] },
    ]) {
      const plan = planChange(before, wanted, LogIndex(9));
      expect(plan).toMatchObject({ membership: { details: { [n5]: { promote: true, replaces: null } } } });
    }
    const other = planChange(before, { ...nothing, remove: [n3] }, LogIndex(9));
    expect(other).toMatchObject({ membership: { details: { [n5]: { replaces: n2 } } } });
  });

  // Put it in: membershipPlan.ts, `whyNotAdd`: let an announcement pass. n4's own directory would be turned away for good.
  test("a node that an operator announces when it has already come by itself keeps its place", () => {
    const [n1, n2, n3, n4] = ids;
    if (n1 === undefined || n2 === undefined || n3 === undefined || n4 === undefined) throw new Error("ids");
    const nothing = { add: [], promote: [], remove: [] };
    const details = {
      address: "h4:1",
      incarnation: "came",
      since: LogIndex(5),
      promote: true,
      replaces: null,
    };
    const announced = { id: n4, address: "h4:1", incarnation: "", promote: true, replaces: n3 };
    const learner = { voters: [n1, n2, n3], outgoing: [], learners: [n4], details: { [n4]: details } };
    const voter = { ...learner, voters: [n1, n2, n3, n4], learners: [] };
    for (const before of [learner, voter])
      expect(planChange(before, { ...nothing, add: [announced] }, LogIndex(9))).toEqual({
        why: "n4 is a member already",
      });
    const rejoins = { ...announced, incarnation: "anew", replaces: null };
    expect(planChange(learner, { ...nothing, add: [rejoins] }, LogIndex(9))).toMatchObject({
      membership: { details: { [n4]: { incarnation: "anew", since: 9 } } },
    });
  });
});
