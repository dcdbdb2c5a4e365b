import type { LogIndex, MonotonicMs, NodeId, Term } from "../base/brands.ts";
import type { Configuration, Entry, EntryId, HardState, MembershipCodec, RoleName } from "./types.ts";

export interface RaftConfig {
  readonly id: NodeId;
  /** Election timeouts are drawn from [electionTimeoutMs, 2 * electionTimeoutMs) (Raft 5.2). It is also the lease. */
  readonly electionTimeoutMs: number;
  /** Well below the election timeout: a lost heartbeat or two must not cost an election. */
  readonly heartbeatIntervalMs: number;
  /** Delay added before the campaign after the n-th failed one in a row: initial * multiplier^(n-1), capped. */
  readonly electionBackoff: {
    readonly initialMs: number;
    readonly multiplier: number;
    readonly maxMs: number;
  };
  /** Bytes of entries in one AppendEntries; one entry above it still travels alone. */
  readonly maxAppendBytes: number;
  /** Appends under way to one follower before the leader waits for an ack, in messages and in bytes. */
  readonly maxInflightAppends: number;
  readonly maxInflightBytes: number;
  /** Proposals are refused as `overloaded` while this many bytes of the term's entries are uncommitted. */
  readonly maxUncommittedBytes: number;
  /** Applied entries kept in memory for followers that lag a little; older ones are read from the log. */
  readonly cacheBytes: number;
  /** A learner may become a voter when it lacks at most this many entries. */
  readonly maxPromotionLag: number;
  readonly membershipCodec: MembershipCodec;
}

/** A data directory under an id that may have belonged to another one before. */
export interface Newcomer {
  readonly incarnation: string;
}

/** What storage found on disk. A fresh node has term 0, no vote and an empty log. */
export interface Restored {
  /**
   * Set until an applied configuration has named this directory. Its log begins before that, in configurations which
   * mean another directory by the same id: on those it must not campaign, as little as on none. Null for a member's.
   */
  readonly newcomer: Newcomer | null;
  readonly hardState: HardState;
  /** In force as of `appliedIndex`; later ones are found in `entries`. */
  readonly configuration: Configuration;
  /** The last entry that compaction removed; (0, 0) when nothing was. */
  readonly compacted: EntryId;
  /** Applied and checkpointed, hence known to be committed. At least `compacted.index`. */
  readonly appliedIndex: LogIndex;
  /** Where each term begins in the log above `compacted`: ascending, one item a run of equal terms. */
  readonly termStarts: readonly EntryId[];
  /** All entries above `appliedIndex`, ascending without a gap, through the end of the log. */
  readonly entries: readonly Entry[];
}

export interface PeerStatus {
  readonly id: NodeId;
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  readonly progress: "probe" | "replicate" | "snapshot";
  /** Snapshots offered in a row without reaching `replicate`: above 1 it is a loop. */
  readonly snapshots: number;
  /** When the follower last acknowledged this leader, or null. */
  readonly lastAckAt: MonotonicMs | null;
}

/** A view for status pages and metrics; leader-only parts are empty elsewhere. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly role: RoleName;
  readonly term: Term;
  readonly votedFor: NodeId | null;
  readonly leader: NodeId | null;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly durableIndex: LogIndex;
  readonly compactedIndex: LogIndex;
  /** Durable on every member as far as this node has heard: the driver compacts at or below it, never above. */
  readonly matchedByAll: LogIndex;
  readonly configuration: Configuration;
  /** The newest configuration that is known to be committed. */
  readonly committedConfiguration: Configuration;
  /** The snapshot that this node can serve; 0 for none. */
  readonly snapshotIndex: LogIndex;
  /**
   * Leader: a follower fetches a snapshot and will need the entries after this index; null when none does. The
   * driver does not compact above it (for as long as that follower answers).
   */
  readonly neededAbove: LogIndex | null;
  readonly uncommittedBytes: number;
  /** The leader lease ends here unless a majority answers again; null when not leading. */
  readonly leaseUntil: MonotonicMs | null;
  /** The backoff in force before the next campaign, 0 when none. */
  readonly electionBackoffMs: number;
  readonly elections: { readonly started: number; readonly won: number; readonly lost: number };
  readonly peers: readonly PeerStatus[];
}
