import type { LogIndex, NodeId, Term } from "../base/brands.ts";
import type { Message } from "./messages.ts";
import type { Entry, HardState, RoleName } from "./types.ts";

export type RejectReason = "notLeader" | "overloaded" | "leadershipLost" | "transferring";

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
  /** Leadership stays here, and proposals are taken again. */
  | { readonly type: "transferFailed"; readonly why: string }
  | {
      readonly type: "roleChanged";
      readonly role: RoleName;
      readonly term: Term;
      readonly leader: NodeId | null;
      readonly why: string;
    };
