import type { NodeId } from "../../src/base/brands.ts";
import type { Effect, Membership, MembershipChange } from "../../src/raft/index.ts";
import { ack, membershipCodec, n1, n2, n3, n4, ofType, RaftNode, votersOnly } from "./raftNode.ts";

type Added = MembershipChange["add"][number];

export function newcomer(id: NodeId, wish: Partial<Added> = {}): Added {
  return { id, address: `${id}:7500`, incarnation: `${id}#1`, promote: false, replaces: null, ...wish };
}

/** All the others have answered the round under way: they hold all of the log. */
export function allAck(node: RaftNode, peers: readonly NodeId[] = [n2, n3, n4]): readonly Effect[] {
  const { term, lastIndex } = node.status;
  return peers.flatMap((peer) => node.receive(peer, ack(term, lastIndex, node.round)));
}

export function leader(membership: Membership = votersOnly([n1, n2, n3])): RaftNode {
  const node = new RaftNode({ membership });
  node.becomeSettledLeader([n2, n3]);
  allAck(node);
  return node;
}

export const withLearner: Membership = { voters: [n1, n2, n3], outgoing: [], learners: [n4] };

/** The configurations that a step has put into the log. */
export function proposed(effects: readonly Effect[]): readonly Membership[] {
  return ofType(effects, "persist")
    .flatMap(({ entries }) => entries)
    .filter(({ kind }) => kind === "membership")
    .map(({ data }) => membershipCodec.decode(data));
}

/** How the leader refused a change; undefined when it did not. */
export function refused(effects: readonly Effect[]) {
  const [refusal] = ofType(effects, "rejectMembershipChange");
  if (refusal !== undefined && proposed(effects).length > 0)
    throw new Error("refused, and proposed all the same");
  return refusal;
}

/** The entry in the log is durable here and at `peers`. */
export function commit(node: RaftNode, peers: readonly NodeId[]): readonly Effect[] {
  const { lastIndex, term } = node.status;
  return [
    ...node.persist(),
    ...peers.flatMap((peer) => node.receive(peer, ack(term, lastIndex, node.round))),
  ];
}
