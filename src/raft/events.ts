import type { LogIndex, NodeId } from "../base/brands.ts";
import type { Message } from "./messages.ts";
import type { Entry, EntryId, HardState, MembershipChange, SnapshotId } from "./types.ts";

/** A payload that asks for a place in the log; `id` is the driver's name for it in the answer. */
export interface Proposal {
  readonly id: number;
  readonly kind: "command";
  readonly data: Uint8Array;
}

/** Everything that can happen to the core. Time comes with `step(event, now)`, not with the event. */
export type Event =
  /** Time has passed. Its period bounds how late a timeout is noticed, nothing else. */
  | { readonly type: "tick" }
  | { readonly type: "receive"; readonly from: NodeId; readonly message: Message }
  | { readonly type: "propose"; readonly proposals: readonly Proposal[] }
  /**
   * Raft 6. `acceptProposal` under `id` when it is in the log, and in force; `rejectMembershipChange` when it is not
   * made. `force` waives the check that a quorum of the new configuration answers at the moment, and no other.
   */
  | {
      readonly type: "changeMembership";
      readonly id: number;
      readonly change: MembershipChange;
      readonly force: boolean;
    }
  /** A linearizable read asks for a safe index (Raft 8, thesis 6.4); a follower asks its leader for it. */
  | { readonly type: "read"; readonly id: number }
  /**
   * Hand leadership to `to`, or to whoever is furthest on when null (thesis 3.10). Success shows as a
   * `roleChanged`, failure as a `transferFailed`, after an election timeout at the latest. Ignored by followers.
   */
  | { readonly type: "transferLeadership"; readonly to: NodeId | null }
  /**
   * A durable write is done. It names what is on disk now, not a count of writes: an index can be rewritten
   * while its first write is in flight, and completions of different writes may be reported out of order. Of an
   * installed snapshot `lastEntry` is the last that it includes, and `hardState` the one of the effect.
   */
  | { readonly type: "persisted"; readonly hardState: HardState | null; readonly lastEntry: EntryId | null }
  /** The machine has applied through `index`. */
  | { readonly type: "applied"; readonly index: LogIndex }
  /** The machine's records through `index` are durable: a snapshot that followers can be sent. */
  | { readonly type: "checkpointed"; readonly index: LogIndex }
  /**
   * Answer to `fetchSnapshot`: complete, verified and durable beside the current state. May be newer than asked. It
   * is installed in this step (`installSnapshot`), or it was not needed and may go.
   */
  | { readonly type: "snapshotFetched"; readonly snapshot: SnapshotId }
  /** The log was cut: entries through `index` are gone from disk (they are applied and checkpointed). */
  | { readonly type: "compacted"; readonly index: LogIndex }
  /** Answer to the effect `readLog`; `entries` is null when the read failed. They begin at `from`. */
  | {
      readonly type: "logRead";
      readonly peer: NodeId;
      readonly from: LogIndex;
      readonly entries: readonly Entry[] | null;
    }
  /**
   * The stream to `peer` broke, or came back. `refused`: its host says that nobody listens there any more, so
   * the process is gone, not merely slow.
   */
  | { readonly type: "peerUnreachable"; readonly peer: NodeId; readonly refused: boolean }
  | { readonly type: "peerReachable"; readonly peer: NodeId };
