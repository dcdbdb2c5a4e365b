import type { LogIndex, Term } from "../base/brands.ts";
import type { Entry, EntryId } from "./types.ts";

/** RequestVote (Raft 5.2, 5.4.1) and its dry run, PreVote (thesis 9.6), whose term is the *proposed* one. */
export interface VoteRequest {
  readonly type: "voteRequest" | "preVoteRequest";
  readonly term: Term;
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /**
   * Set when the leader itself asked for this election (thesis 3.10): stickiness does not refuse it, unless the voter
   * has heard this round of that leader, or a later one. Null when nobody asked.
   */
  readonly handedOverUntil: number | null;
}

/** A granted PreVote carries the proposed term, a refusal the voter's own. */
export interface VoteReply {
  readonly type: "voteReply" | "preVoteReply";
  readonly term: Term;
  readonly granted: boolean;
}

/** AppendEntries (Raft 5.3); with no entries it is the heartbeat. */
export interface AppendRequest {
  readonly type: "appendRequest";
  readonly term: Term;
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly leaderCommit: LogIndex;
  /**
   * The leader's round: grows within a term with every heartbeat broadcast and every batch of reads. The
   * reply echoes it, so an ack says *when* the follower still recognised this leader: the leader lease and
   * ReadIndex are both counted from rounds, never from acks older than what they confirm.
   */
  readonly round: number;
  /** The lowest matchIndex over all members: a hint for compaction, no more (a new member has nothing yet). */
  readonly matchedByAll: LogIndex;
  /** What the receiver has acknowledged to this leader: a log that ends below has lost synced entries. */
  readonly acknowledged: LogIndex;
}

/**
 * InstallSnapshot (Raft 7), without the data: the follower fetches that by itself, at its own pace, and may go on
 * where an earlier leader's stream broke off. Sent with every round in place of the heartbeat while the follower
 * needs entries that are compacted away here.
 */
export interface InstallSnapshot {
  readonly type: "installSnapshot";
  readonly term: Term;
  /** The last entry that the leader's newest snapshot includes. */
  readonly lastIncluded: EntryId;
  readonly round: number;
  readonly acknowledged: LogIndex;
}

/**
 * Echoes the round. What this node has committed, and on disk, is in the leader's log as well: `matchIndex` is that, and
 * stays where it was before while the snapshot is fetched (0 for a new node).
 */
export interface SnapshotReply {
  readonly type: "snapshotReply";
  readonly term: Term;
  readonly round: number;
  readonly matchIndex: LogIndex;
}

/** A follower asks the leader of `term` for a safe read index (thesis 6.4); `id` is the follower's own. */
export interface ReadIndexRequest {
  readonly type: "readIndexRequest";
  readonly term: Term;
  readonly id: number;
}

/** `index` is null when the sender cannot say: it does not lead, or lost its leadership. */
export interface ReadIndexReply {
  readonly type: "readIndexReply";
  readonly term: Term;
  readonly id: number;
  readonly index: LogIndex | null;
}

export interface AppendReply {
  readonly type: "appendReply";
  readonly term: Term;
  /** The round of the request that is answered; 0 in a refusal of an older term. */
  readonly round: number;
  readonly result: AppendResult;
}

export type AppendResult =
  /** Entries through `matchIndex` equal the leader's *and* are durable here. */
  | { readonly ok: true; readonly matchIndex: LogIndex }
  /**
   * No entry (prevLogIndex, prevLogTerm) here. `conflictTerm` is the term of our entry at `hintIndex`, the
   * last one that could still match (Raft 5.3, last paragraphs: skip a term per round trip, not an entry).
   */
  | {
      readonly ok: false;
      readonly rejectedIndex: LogIndex;
      readonly hintIndex: LogIndex;
      readonly conflictTerm: Term;
    };

/**
 * The leader of `term` asks this follower to campaign at once, without a PreVote (thesis 3.10). It holds for whoever has not
 * heard `untilRound`, to which the leader leaps when it gives the successor up: however late the request arrives, no voter that
 * has answered a round since goes over, and so none that the leader's lease is counted from.
 */
export interface TimeoutNow {
  readonly type: "timeoutNow";
  readonly term: Term;
  readonly untilRound: number;
}

export type Message =
  | VoteRequest
  | VoteReply
  | AppendRequest
  | AppendReply
  | InstallSnapshot
  | SnapshotReply
  | ReadIndexRequest
  | ReadIndexReply
  | TimeoutNow;
