import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeId } from "../../src/base/brands.ts";
import type { Membership } from "../../src/raft/index.ts";
import { hardState, n1, n2, n3, n4, n5, preVote, RaftNode, vote } from "../support/raftNode.ts";

const others = [n2, n3, n4, n5] as const;

const voters = fc.subarray([...others], { minLength: 1 }).map((rest) => [n1, ...rest]);
/** This node votes in all of them; the others in either half, in both, or as learners in none. */
const anyMembership: fc.Arbitrary<Membership> = fc
  .record({ voters, outgoing: fc.oneof(fc.constant<NodeId[]>([]), voters) })
  .map((halves) => ({
    ...halves,
    learners: others.filter((id) => ![...halves.voters, ...halves.outgoing].includes(id)),
  }));

const anyEvent = fc.record({
  what: fc.constantFrom("grants" as const, "refuses" as const, "goes" as const, "returns" as const),
  peer: fc.constantFrom(...others),
});

/** Counted by hand: more than half of the voters, and during a change also of those that go. */
function elects({ voters: incoming, outgoing }: Membership, supporters: ReadonlySet<NodeId>): boolean {
  const isMajority = (group: readonly NodeId[]): boolean =>
    group.filter((id) => supporters.has(id)).length > group.length / 2;
  return isMajority(incoming) && (outgoing.length === 0 || isMajority(outgoing));
}

/** Whether there is a way for the votes that are not known to fall by which this node, or the others together, would win. */
function mayBeWon(
  membership: Membership,
  granted: ReadonlySet<NodeId>,
  refused: ReadonlySet<NodeId>,
  gone: ReadonlySet<NodeId>,
): boolean {
  const open = others.filter((id) => !granted.has(id) && !refused.has(id) && !gone.has(id));
  const given = others.filter((id) => refused.has(id) && !gone.has(id));
  for (let fallen = 0; fallen < 2 ** open.length; fallen++) {
    const ours = open.filter((_, at) => (fallen & (1 << at)) !== 0);
    const theirs = open.filter((id) => !ours.includes(id));
    if (elects(membership, new Set([n1, ...granted, ...ours]))) return true;
    if (elects(membership, new Set([...given, ...theirs]))) return true;
  }
  return false;
}

test("a campaign ends early when, and only when, a refusal shows that no vote still out could elect anybody", () => {
  let ended = 0;
  let went = 0;
  fc.assert(
    fc.property(anyMembership, fc.array(anyEvent, { maxLength: 12 }), (membership, events) => {
      const node = new RaftNode({ membership, hardState: hardState(1) });
      node.becomeCandidate(others.filter((id) => !membership.learners.includes(id)));
      node.persist();
      expect(node.status).toMatchObject({ role: "candidate", term: 2 });
      const [granted, refused, gone] = [new Set<NodeId>(), new Set<NodeId>(), new Set<NodeId>()];
      for (const { what, peer } of events) {
        const isAnswer =
          what !== "goes" &&
          what !== "returns" &&
          !membership.learners.includes(peer) &&
          !granted.has(peer) &&
          !refused.has(peer);
        if (what === "goes") {
          gone.add(peer);
          node.step({ type: "peerUnreachable", peer, refused: true });
        } else if (what === "returns") {
          gone.delete(peer);
          node.step({ type: "peerReachable", peer });
        } else if (isAnswer) {
          // Who answers is there.
          gone.delete(peer);
          (what === "grants" ? granted : refused).add(peer);
          node.receive(peer, vote(2, what === "grants"));
        }
        const hasWon = elects(membership, new Set([n1, ...granted]));
        const isOver = what === "refuses" && isAnswer && !mayBeWon(membership, granted, refused, gone);
        expect(node.status.role).toBe(hasWon ? "leader" : isOver ? "follower" : "candidate");
        if (hasWon) return;
        if (isOver) {
          ended++;
          return;
        }
      }
      went++;
    }),
    { numRuns: 2_000 },
  );
  expect(ended).toBeGreaterThan(100);
  expect(went).toBeGreaterThan(100);
});

test("a quick campaign that follows it asks again those that return", () => {
  const node = new RaftNode({ hardState: hardState(1) });
  node.becomeCandidate([n2]);
  node.step({ type: "peerUnreachable", peer: n3, refused: true });
  node.persist();
  node.receive(n2, vote(2, false));
  expect(node.status).toMatchObject({ role: "follower", term: 2 });
  node.step({ type: "peerReachable", peer: n3 });
  const asked = node.elapse(Number(node.raft.nextDeadline(node.now)) - node.now);
  expect(node.status.role).toBe("preCandidate");
  expect(asked.flatMap((effect) => (effect.type === "send" ? effect.to : []))).toEqual([n2, n3]);
  node.receive(n3, preVote(3));
  node.persist();
  node.receive(n3, vote(3));
  expect(node.status).toMatchObject({ role: "leader", term: 3 });
});
