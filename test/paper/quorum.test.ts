import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import { isQuorum, isVoter, membersOf, quorumValue } from "../../src/raft/quorum.ts";
import type { Membership } from "../../src/raft/types.ts";
import { ack, hardState, n1, n2, n3, n4, n5, RaftNode } from "../support/raftNode.ts";

const ids = Array.from({ length: 7 }, (_, i) => NodeId(`n${i + 1}`));
const membership: fc.Arbitrary<Membership> = fc.record({
  voters: fc.subarray(ids, { minLength: 1 }),
  outgoing: fc.subarray(ids),
  learners: fc.subarray(ids, { maxLength: 2 }),
});
const values = fc.array(fc.nat(9), { minLength: ids.length, maxLength: ids.length });

/** By definition: more than half of the voters, and of the outgoing voters if there are any. */
function decides({ voters, outgoing }: Membership, yes: ReadonlySet<NodeId>): boolean {
  return [voters, outgoing].every(
    (set) => set.length === 0 || 2 * set.filter((id) => yes.has(id)).length > set.length,
  );
}

describe("quorums", () => {
  // Bug 2: put it in by another position in `majorityValue`, such as floor((n - 1) / 2).
  test("bug 2: the tally equals brute force, joint configurations included", () => {
    fc.assert(
      fc.property(membership, values, (members, reached) => {
        const valueOf = (id: NodeId) => reached[ids.indexOf(id)] ?? 0;
        const candidates = [...reached, 0].filter((value) =>
          decides(members, new Set(ids.filter((id) => valueOf(id) >= value))),
        );
        expect(quorumValue(members, valueOf)).toBe(Math.max(...candidates));
      }),
    );
  });

  test("bug 2: a set decides if and only if it is a majority of both sides", () => {
    fc.assert(
      fc.property(membership, fc.subarray(ids), (members, yes) => {
        const agreed = new Set(yes);
        expect(isQuorum(members, (id) => agreed.has(id))).toBe(decides(members, agreed));
      }),
    );
  });

  test("any two quorums of one configuration share a node", () => {
    fc.assert(
      fc.property(membership, fc.subarray(ids), (members, yes) => {
        const agreed = new Set(yes);
        const both = isQuorum(members, (id) => agreed.has(id)) && isQuorum(members, (id) => !agreed.has(id));
        expect(both).toBe(false);
      }),
    );
  });

  test("nobody decides in an empty configuration", () => {
    const empty = { voters: [], outgoing: [], learners: [n1] };
    expect(isQuorum(empty, () => true)).toBe(false);
    expect(isVoter(empty, n1)).toBe(false);
    expect(membersOf({ voters: [n1, n2], outgoing: [n2, n3], learners: [n4] })).toEqual([n1, n2, n3, n4]);
  });

  // Bug 2 again, end to end: put it in as above, or by counting the leader's last instead of its durable entry.
  test("bug 2: over random acknowledgements a leader commits what brute force says, and nothing else", () => {
    const peers = [n2, n3, n4, n5];
    const step = fc.oneof(
      fc.record({ peer: fc.constantFrom(...peers), matched: fc.nat(12) }),
      fc.constant("persist" as const),
      fc.constant("propose" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const node = new RaftNode({ voters: [n1, ...peers], log: [1, 1, 2], hardState: hardState(2) });
        node.becomeLeader([n2, n3]);
        const matched = new Map(peers.map((peer) => [peer, 0]));
        for (const each of steps) {
          if (each === "persist") node.persist();
          else if (each === "propose") node.propose("x");
          else {
            const index = Math.min(each.matched, node.status.lastIndex);
            matched.set(each.peer, Math.max(index, matched.get(each.peer) ?? 0));
            node.receive(each.peer, ack(3, index));
          }
          let expected = 0;
          for (let index = 4; index <= node.status.lastIndex; index++) {
            const others = peers.filter((peer) => (matched.get(peer) ?? 0) >= index).length;
            const own = node.status.durableIndex >= index ? 1 : 0;
            if (others + own >= 3) expected = index;
          }
          expect(node.status.commitIndex).toBe(LogIndex(expected));
        }
      }),
    );
  });
});
