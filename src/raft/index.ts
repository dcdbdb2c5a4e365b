/** The public surface of the consensus core. */
export type { PeerStatus, RaftConfig, RaftStatus, Restored } from "./config.ts";
export type { Effect, RejectReason } from "./effects.ts";
export type { Event, Proposal } from "./events.ts";
export type {
  AppendReply,
  AppendRequest,
  AppendResult,
  Message,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from "./messages.ts";
export { Raft } from "./raft.ts";
export type { Entry, EntryId, EntryKind, HardState, Membership, RoleName } from "./types.ts";
