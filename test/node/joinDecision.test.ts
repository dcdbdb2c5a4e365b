import { describe, expect, test } from "vitest";
import { Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { decideJoin } from "../../src/node/joinDecision.ts";
import type { JoinRequest } from "../../src/node/ports.ts";
import type { MemberDetails, Membership } from "../../src/raft/types.ts";

const n2 = NodeId("n2");
const n4 = NodeId("n4");

/** n1 to n3 are founding voters, n4 came later as a learner that is to vote. */
function membership(details: Partial<MemberDetails> = {}): Membership {
  const came = { address: "h4:1", incarnation: "i4", since: LogIndex(50), promote: true, replaces: null };
  return {
    voters: [NodeId("n1"), n2, NodeId("n3")],
    outgoing: [],
    learners: [n4],
    details: { [n4]: { ...came, ...details } },
  };
}

function request(id: string, more: Partial<JoinRequest> = {}): JoinRequest {
  return {
    nodeId: NodeId(id),
    address: "new:1",
    incarnation: Incarnation("new"),
    replacesIncarnation: "",
    rejoin: false,
    voter: true,
    minFormat: 1,
    maxFormat: 1,
    ...more,
  };
}

function taken(id: string, promote: boolean, replaces: string | null = null) {
  const member = { id, address: "new:1", incarnation: "new", promote, replaces };
  return { type: "change", change: { add: [member], promote: [], remove: [] } };
}

const met = Incarnation("old");

describe("the leader's decision on a node that wants in", () => {
  test("an unknown id comes in as a learner, to vote if it wants to", () => {
    expect(decideJoin(request("n5"), membership(), null)).toEqual(taken("n5", true));
    expect(decideJoin(request("n5", { voter: false }), membership(), null)).toEqual(taken("n5", false));
  });

  test("one that was removed while its data was damaged does not come back by being repaired", () => {
    const repaired = decideJoin(request("n5", { replacesIncarnation: "old" }), membership(), null);
    expect(repaired).toMatchObject({ type: "refuse", why: expect.stringContaining("has been removed") });
  });

  test("a member that asks again, with the same data, is in already", () => {
    const again = request("n4", { incarnation: Incarnation("i4") });
    expect(decideJoin(again, membership(), null)).toEqual({ type: "present" });
    const founder = request("n2", { incarnation: met, rejoin: true });
    expect(decideJoin(founder, membership(), met)).toEqual({ type: "present" });
  });

  test("a learner that an operator announced is the first that comes, and then no other", () => {
    const announced = membership({ incarnation: "", replaces: n2 });
    for (const known of [null, Incarnation("new"), Incarnation("wiped")]) {
      expect(decideJoin(request("n4"), announced, known)).toEqual(taken("n4", true, "n2"));
    }
  });

  /** Bug 29. Put it in: joinDecision.ts: answer a known id with `present`, or take it in without `rejoin`. */
  test("bug 29: a wiped node under its old id is refused, and told how to come back", () => {
    for (const [id, known] of [
      ["n2", met],
      ["n4", null],
      // A voter that the present leader has never met: the others may have.
      ["n2", null],
    ] as const) {
      const decision = decideJoin(request(id), membership(), known);
      expect(decision).toMatchObject({ type: "refuse" });
      expect(decision).toHaveProperty("why", expect.stringMatching(/--join and --rejoin.*another id/));
    }
  });

  test("one that found its data damaged begins anew, and becomes what it was", () => {
    const repaired = { replacesIncarnation: "old", voter: false };
    expect(decideJoin(request("n2", repaired), membership(), met)).toEqual(taken("n2", true));
    const wasLearner = membership({ incarnation: "old", promote: false });
    expect(decideJoin(request("n4", repaired), wasLearner, null)).toEqual(taken("n4", false));
    const forOther = membership({ incarnation: "old", replaces: n2 });
    expect(decideJoin(request("n4", repaired), forOther, null)).toEqual(taken("n4", true, "n2"));
  });

  test("... unless other data than that has taken its place since", () => {
    const repaired = request("n4", { replacesIncarnation: "i3" });
    expect(decideJoin(repaired, membership(), null)).toMatchObject({ type: "refuse" });
    expect(decideJoin(request("n2", { replacesIncarnation: "older" }), membership(), met)).toMatchObject({
      type: "refuse",
    });
  });

  test("an operator's word that the data is gone is enough", () => {
    expect(decideJoin(request("n2", { rejoin: true }), membership(), met)).toEqual(taken("n2", true));
    expect(decideJoin(request("n2", { rejoin: true }), membership(), null)).toEqual(taken("n2", true));
    expect(decideJoin(request("n4", { rejoin: true }), membership(), null)).toEqual(taken("n4", true));
  });
});
