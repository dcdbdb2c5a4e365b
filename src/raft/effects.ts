import type { LogIndex, NodeId, Term } from "../base/brands.ts";
import type { Message } from "./messages.ts";
import type { Configuration, Entry, EntryId, HardState, RoleName, SnapshotId } from "./types.ts";

export type RejectReason = "notLeader" | "overloaded" | "leadershipLost" | "transferring";

export type MembershipRejectReason =
  | "notLeader"
  | "transferring"
  /** The term's own no-op has not committed yet (the bug of single-server changes, raft-dev 2015). Passes by itself. */
  | "termNotOpen"
  /** Another change is not committed yet, or the configuration is joint. Passes by itself. */
  | "changeUnderWay"
  /** Too few voters of the new configuration answer at the moment: it could not commit anything. `force` waives it. */
  | "quorumWouldBeLost"
  /** A learner that is to vote lacks too much of the log. */
  | "learnerBehind"
  /** No such member, nothing would change, no voter would be left, an id twice, ... */
  | "invalid";

/**
 * What the core asks of its driver. Order: effects are carried out in the order given; `persist` effects
 * form one ordered stream of durable writes; a message `after: "persisted"` leaves only when every `persist`
 * emitted before it, in this step and earlier ones, is durable; `after: "now"` may leave at once. The `persist`
 * of an entry always comes before the first `send` or `apply` that carries it.
 */
export type Effect =
  /** Make durable in one atomic, synced write. First cut the log from `truncateFrom` on, then append. */
  | {
      readonly type: "persist";
      readonly hardState: HardState | null;
      readonly truncateFrom: LogIndex | null;
      readonly entries: readonly Entry[];
    }
  | {
      readonly type: "send";
      readonly to: NodeId;
      readonly message: Message;
      readonly after: "now" | "persisted";
    }
  /** Committed, and durable here: apply them in order and report `applied`. Each index appears once. */
  | { readonly type: "apply"; readonly entries: readonly Entry[] }
  /** A follower needs entries that the core no longer holds in memory; answer with the event `logRead`. */
  | {
      readonly type: "readLog";
      readonly peer: NodeId;
      readonly from: LogIndex;
      readonly through: LogIndex;
      readonly maxBytes: number;
    }
  /** The read `id` may be served from any state that has applied through `index`. */
  | { readonly type: "releaseRead"; readonly id: number; readonly index: LogIndex }
  | { readonly type: "rejectRead"; readonly id: number; readonly reason: RejectReason }
  /** The proposal has its place; it takes effect if the entry (index, term) commits. */
  | { readonly type: "acceptProposal"; readonly id: number; readonly index: LogIndex; readonly term: Term }
  /** The proposal was *not* appended: nothing was done. */
  | { readonly type: "rejectProposal"; readonly id: number; readonly reason: RejectReason }
  /** The change was *not* made; `why` names the members and numbers. */
  | {
      readonly type: "rejectMembershipChange";
      readonly id: number;
      readonly reason: MembershipRejectReason;
      readonly why: string;
    }
  /**
   * The configuration in force changed (on append, on truncation, by a snapshot), or became committed, or somebody
   * has left. It is settled when it is committed and not joint. Comes before the messages of its step.
   */
  | {
      readonly type: "membershipChanged";
      readonly configuration: Configuration;
      readonly committed: boolean;
      /**
       * No members of it, and still to be kept in touch with: members of earlier configurations while this one is not
       * committed, and at the leader those that have not heard of their removal yet.
       */
      readonly leaving: readonly NodeId[];
    }
  /**
   * Fetch the snapshot that `from` offers, and answer with `snapshotFetched`. Repeated while it is needed, and from
   * another leader when that changes; what was fetched already need not be fetched again.
   */
  | { readonly type: "fetchSnapshot"; readonly from: NodeId; readonly lastIncluded: EntryId }
  /**
   * Replace the machine's state by the fetched snapshot's, and the log by nothing: it now begins after the
   * snapshot. Atomic and durable, in the stream of `persist` effects; reported as a `persisted` whose last entry is the
   * snapshot's, *and which names `hardState`*: it tells the report from one of the old log. What `apply` handed out
   * before is superseded.
   */
  | { readonly type: "installSnapshot"; readonly snapshot: SnapshotId; readonly hardState: HardState }
  /** Leadership stays here, and proposals are taken again. */
  | { readonly type: "transferFailed"; readonly why: string }
  | {
      readonly type: "roleChanged";
      readonly role: RoleName;
      readonly term: Term;
      readonly leader: NodeId | null;
      readonly why: string;
    };
