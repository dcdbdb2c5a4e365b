// Original file: proto/conclave/v1/work.proto

import type { Subscribed as _conclave_v1_Subscribed, Subscribed__Output as _conclave_v1_Subscribed__Output } from '../../conclave/v1/Subscribed.ts';
import type { ClaimedJobs as _conclave_v1_ClaimedJobs, ClaimedJobs__Output as _conclave_v1_ClaimedJobs__Output } from '../../conclave/v1/ClaimedJobs.ts';
import type { ActReply as _conclave_v1_ActReply, ActReply__Output as _conclave_v1_ActReply__Output } from '../../conclave/v1/ActReply.ts';
import type { CancelRequested as _conclave_v1_CancelRequested, CancelRequested__Output as _conclave_v1_CancelRequested__Output } from '../../conclave/v1/CancelRequested.ts';
import type { ClaimsEnded as _conclave_v1_ClaimsEnded, ClaimsEnded__Output as _conclave_v1_ClaimsEnded__Output } from '../../conclave/v1/ClaimsEnded.ts';

export interface WorkMessage {
  'subscribed'?: (_conclave_v1_Subscribed | null);
  'jobs'?: (_conclave_v1_ClaimedJobs | null);
  'acts'?: (_conclave_v1_ActReply | null);
  'cancelRequested'?: (_conclave_v1_CancelRequested | null);
  'claimsEnded'?: (_conclave_v1_ClaimsEnded | null);
  'message'?: "subscribed"|"jobs"|"acts"|"cancelRequested"|"claimsEnded";
}

export interface WorkMessage__Output {
  'subscribed'?: (_conclave_v1_Subscribed__Output | null);
  'jobs'?: (_conclave_v1_ClaimedJobs__Output | null);
  'acts'?: (_conclave_v1_ActReply__Output | null);
  'cancelRequested'?: (_conclave_v1_CancelRequested__Output | null);
  'claimsEnded'?: (_conclave_v1_ClaimsEnded__Output | null);
  'message'?: "subscribed"|"jobs"|"acts"|"cancelRequested"|"claimsEnded";
}
