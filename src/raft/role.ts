import type { MonotonicMs, NodeId } from "../base/brands.ts";
import type { ForwardedReads } from "./forwardedReads.ts";
import type { Leader } from "./leader.ts";

export interface Follower {
  readonly name: "follower";
  /** The leader of `currentTerm`, once it has spoken and until it is known to be gone. */
  readonly leader: NodeId | null;
  /** When that leader last spoke; means nothing without one. */
  heardAt: MonotonicMs;
  /** The latest round that was heard of that leader. */
  heardRound: number;
  /** The last round in which that leader offered a snapshot; 0 when it never did. */
  offeredInRound: number;
  readonly reads: ForwardedReads;
}

/**
 * Asks for votes: a pre-candidate whether it *would* be elected in the next term, a candidate in earnest. It
 * asks again those that have not agreed until its time is up: a message may be lost, and a voter that still
 * heard from the leader a moment ago may soon have lost it too.
 */
export interface Campaign {
  readonly name: "preCandidate" | "candidate";
  readonly granted: Set<NodeId>;
  /** Who cannot vote for us in this term any more; a pre-candidate may still be agreed to by whoever refused. */
  readonly refused: Set<NodeId>;
  askAgainAt: MonotonicMs;
  /** The leader itself asked for it (thesis 3.10): see `VoteRequest`. */
  readonly handedOverUntil: number | null;
}

/** What a server is; each variant owns what only it needs. `Server.become*` are the only doors between them. */
export type Role = Follower | Campaign | Leader;
