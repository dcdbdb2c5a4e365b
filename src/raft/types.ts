import type { LogIndex, NodeId, Term } from "../base/brands.ts";

/** `noop` opens a leader's term (Raft 8); `command` is opaque to the core; `membership` changes the voters. */
export type EntryKind = "noop" | "command" | "membership";

/** One slot of the replicated log. Immutable; `data` is opaque to the core and never copied by it. */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/** Names an entry: by Log Matching, index and term together fix the entry and all before it (Raft 5.3). */
export interface EntryId {
  readonly index: LogIndex;
  readonly term: Term;
}

/** What must survive a crash before a message that rests on it leaves (Raft figure 2, "persistent state"). */
export interface HardState {
  readonly currentTerm: Term;
  readonly votedFor: NodeId | null;
}

/**
 * Who votes. While `outgoing` is non-empty the configuration is joint (Raft 6): decisions need a majority
 * of `voters` *and* of `outgoing`. Learners receive the log and never count.
 */
export interface Membership {
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

export type RoleName = "follower" | "preCandidate" | "candidate" | "leader";
