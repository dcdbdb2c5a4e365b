// Original file: proto/conclave/v1/peer.proto

import type { VoteRequest as _conclave_v1_VoteRequest, VoteRequest__Output as _conclave_v1_VoteRequest__Output } from '../../conclave/v1/VoteRequest.ts';
import type { VoteReply as _conclave_v1_VoteReply, VoteReply__Output as _conclave_v1_VoteReply__Output } from '../../conclave/v1/VoteReply.ts';
import type { AppendRequest as _conclave_v1_AppendRequest, AppendRequest__Output as _conclave_v1_AppendRequest__Output } from '../../conclave/v1/AppendRequest.ts';
import type { AppendReply as _conclave_v1_AppendReply, AppendReply__Output as _conclave_v1_AppendReply__Output } from '../../conclave/v1/AppendReply.ts';
import type { TimeoutNow as _conclave_v1_TimeoutNow, TimeoutNow__Output as _conclave_v1_TimeoutNow__Output } from '../../conclave/v1/TimeoutNow.ts';
import type { InstallSnapshot as _conclave_v1_InstallSnapshot, InstallSnapshot__Output as _conclave_v1_InstallSnapshot__Output } from '../../conclave/v1/InstallSnapshot.ts';
import type { SnapshotReply as _conclave_v1_SnapshotReply, SnapshotReply__Output as _conclave_v1_SnapshotReply__Output } from '../../conclave/v1/SnapshotReply.ts';
import type { ReadIndexRequest as _conclave_v1_ReadIndexRequest, ReadIndexRequest__Output as _conclave_v1_ReadIndexRequest__Output } from '../../conclave/v1/ReadIndexRequest.ts';
import type { ReadIndexReply as _conclave_v1_ReadIndexReply, ReadIndexReply__Output as _conclave_v1_ReadIndexReply__Output } from '../../conclave/v1/ReadIndexReply.ts';
import type { Long } from '@grpc/proto-loader';

export interface PeerMessage {
  'wallClockMs'?: (number | string | Long);
  'voteRequest'?: (_conclave_v1_VoteRequest | null);
  'voteReply'?: (_conclave_v1_VoteReply | null);
  'appendRequest'?: (_conclave_v1_AppendRequest | null);
  'appendReply'?: (_conclave_v1_AppendReply | null);
  'timeoutNow'?: (_conclave_v1_TimeoutNow | null);
  'installSnapshot'?: (_conclave_v1_InstallSnapshot | null);
  'snapshotReply'?: (_conclave_v1_SnapshotReply | null);
  'readIndexRequest'?: (_conclave_v1_ReadIndexRequest | null);
  'readIndexReply'?: (_conclave_v1_ReadIndexReply | null);
  'message'?: "voteRequest"|"voteReply"|"appendRequest"|"appendReply"|"timeoutNow"|"installSnapshot"|"snapshotReply"|"readIndexRequest"|"readIndexReply";
}

export interface PeerMessage__Output {
  'wallClockMs': (number);
  'voteRequest'?: (_conclave_v1_VoteRequest__Output | null);
  'voteReply'?: (_conclave_v1_VoteReply__Output | null);
  'appendRequest'?: (_conclave_v1_AppendRequest__Output | null);
  'appendReply'?: (_conclave_v1_AppendReply__Output | null);
  'timeoutNow'?: (_conclave_v1_TimeoutNow__Output | null);
  'installSnapshot'?: (_conclave_v1_InstallSnapshot__Output | null);
  'snapshotReply'?: (_conclave_v1_SnapshotReply__Output | null);
  'readIndexRequest'?: (_conclave_v1_ReadIndexRequest__Output | null);
  'readIndexReply'?: (_conclave_v1_ReadIndexReply__Output | null);
  'message'?: "voteRequest"|"voteReply"|"appendRequest"|"appendReply"|"timeoutNow"|"installSnapshot"|"snapshotReply"|"readIndexRequest"|"readIndexReply";
}
