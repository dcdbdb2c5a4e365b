import type { NodeId } from "../base/brands.ts";
import type { Membership } from "./types.ts";

/** Everyone who receives the log: voters, outgoing voters and learners, each once. */
export function membersOf(membership: Membership): readonly NodeId[] {
  return [...new Set([...membership.voters, ...membership.outgoing, ...membership.learners])];
}

/** Whether `id` receives the log. */
export function isMember(membership: Membership, id: NodeId): boolean {
  return isVoter(membership, id) || membership.learners.includes(id);
}

/** Everyone who takes part in decisions, each once, in the order of their names: the same on every node. */
export function votersOf(membership: Membership): readonly NodeId[] {
  return [...new Set([...membership.voters, ...membership.outgoing])].sort();
}

/** Whether `id` takes part in decisions: only such a node may campaign. */
export function isVoter(membership: Membership, id: NodeId): boolean {
  return membership.voters.includes(id) || membership.outgoing.includes(id);
}

/** True when those that `has` holds for may decide: a majority, and of both sets while joint (Raft 6). */
export function isQuorum(membership: Membership, has: (id: NodeId) => boolean): boolean {
  return quorumValue(membership, (id) => (has(id) ? 1 : 0)) === 1;
}

/**
 * The highest value that a quorum has reached: the match index that may commit, the round that is confirmed.
 * 0 when there are no voters: an empty set decides nothing.
 */
export function quorumValue(membership: Membership, valueOf: (id: NodeId) => number): number {
  const incoming = majorityValue(membership.voters, valueOf);
  if (membership.outgoing.length === 0) return incoming;
  return Math.min(incoming, majorityValue(membership.outgoing, valueOf));
}

/** Sorted from the highest, position floor(n / 2) is the last value that more than half of n have reached. */
function majorityValue(voters: readonly NodeId[], valueOf: (id: NodeId) => number): number {
  const values = voters.map(valueOf).sort((a, b) => b - a);
  return values[Math.floor(voters.length / 2)] ?? 0;
}
