/** The public surface of the consensus core. */
export type { Newcomer, PeerStatus, RaftConfig, RaftStatus, Restored } from "./config.ts";
export type { Effect, MembershipRejectReason, RejectReason } from "./effects.ts";
export type { Event, Proposal } from "./events.ts";
export type {
  AppendReply,
  AppendRequest,
  AppendResult,
  InstallSnapshot,
  Message,
  ReadIndexReply,
  ReadIndexRequest,
  SnapshotReply,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from "./messages.ts";
export { Raft } from "./raft.ts";
export type {
  Configuration,
  Entry,
  EntryId,
  EntryKind,
  HardState,
  MemberDetails,
  Membership,
  MembershipChange,
  MembershipCodec,
  RoleName,
  SnapshotId,
} from "./types.ts";
