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
  /** Of the members that came after the founding. The core hands it on and reads only `promote` and `replaces`. */
  readonly details?: Readonly<Record<NodeId, MemberDetails>>;
}

/** What the configuration says of a member that was taken in by an entry of the log. */
export interface MemberDetails {
  /** `host:port` at which it listens for its peers. */
  readonly address: string;
  /** The data directory that is meant; "" for the first one that comes under this id. */
  readonly incarnation: string;
  /** Index of the entry that took it in (or in again, with empty data). */
  readonly since: LogIndex;
  /** A learner that is to become a voter by itself once it has caught up ... */
  readonly promote: boolean;
  /** ... and, in the same change, whose place it takes. */
  readonly replaces: NodeId | null;
}

/** A configuration and the entry that brought it; index 0 for the founding one. */
export interface Configuration {
  readonly index: LogIndex;
  readonly membership: Membership;
}

/** What an operator asks for, in one step: several voters at once go through a joint configuration (Raft 6). */
export interface MembershipChange {
  /**
   * Taken in as learners. An id that is a member already begins anew with empty data, as a learner: its data
   * directory was lost (`incarnation` is the new one).
   */
  readonly add: readonly (Pick<MemberDetails, "address" | "incarnation" | "promote" | "replaces"> & {
    readonly id: NodeId;
  })[];
  /** Learners that become voters. */
  readonly promote: readonly NodeId[];
  readonly remove: readonly NodeId[];
}

/** State as of the entry `index`: what a snapshot's records hold, and the configuration in force there. */
export interface SnapshotId extends EntryId {
  readonly configuration: Configuration;
}

/** Bytes <-> configurations, for entries of kind `membership`: injected, since the core knows no wire format. */
export interface MembershipCodec {
  encode(membership: Membership): Uint8Array;
  decode(data: Uint8Array): Membership;
}

export type RoleName = "follower" | "preCandidate" | "candidate" | "leader";
