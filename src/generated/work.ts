import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Act as _conclave_v1_Act, Act__Output as _conclave_v1_Act__Output } from './conclave/v1/Act.ts';
import type { ActReply as _conclave_v1_ActReply, ActReply__Output as _conclave_v1_ActReply__Output } from './conclave/v1/ActReply.ts';
import type { ActRequest as _conclave_v1_ActRequest, ActRequest__Output as _conclave_v1_ActRequest__Output } from './conclave/v1/ActRequest.ts';
import type { ActResult as _conclave_v1_ActResult, ActResult__Output as _conclave_v1_ActResult__Output } from './conclave/v1/ActResult.ts';
import type { Attempt as _conclave_v1_Attempt, Attempt__Output as _conclave_v1_Attempt__Output } from './conclave/v1/Attempt.ts';
import type { CancelRequested as _conclave_v1_CancelRequested, CancelRequested__Output as _conclave_v1_CancelRequested__Output } from './conclave/v1/CancelRequested.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from './conclave/v1/Checkpoint.ts';
import type { Claim as _conclave_v1_Claim, Claim__Output as _conclave_v1_Claim__Output } from './conclave/v1/Claim.ts';
import type { ClaimReply as _conclave_v1_ClaimReply, ClaimReply__Output as _conclave_v1_ClaimReply__Output } from './conclave/v1/ClaimReply.ts';
import type { ClaimRequest as _conclave_v1_ClaimRequest, ClaimRequest__Output as _conclave_v1_ClaimRequest__Output } from './conclave/v1/ClaimRequest.ts';
import type { ClaimedJob as _conclave_v1_ClaimedJob, ClaimedJob__Output as _conclave_v1_ClaimedJob__Output } from './conclave/v1/ClaimedJob.ts';
import type { ClaimedJobs as _conclave_v1_ClaimedJobs, ClaimedJobs__Output as _conclave_v1_ClaimedJobs__Output } from './conclave/v1/ClaimedJobs.ts';
import type { ClaimsEnded as _conclave_v1_ClaimsEnded, ClaimsEnded__Output as _conclave_v1_ClaimsEnded__Output } from './conclave/v1/ClaimsEnded.ts';
import type { Complete as _conclave_v1_Complete, Complete__Output as _conclave_v1_Complete__Output } from './conclave/v1/Complete.ts';
import type { Credits as _conclave_v1_Credits, Credits__Output as _conclave_v1_Credits__Output } from './conclave/v1/Credits.ts';
import type { Dedup as _conclave_v1_Dedup, Dedup__Output as _conclave_v1_Dedup__Output } from './conclave/v1/Dedup.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from './conclave/v1/Dependency.ts';
import type { Drain as _conclave_v1_Drain, Drain__Output as _conclave_v1_Drain__Output } from './conclave/v1/Drain.ts';
import type { EndedClaim as _conclave_v1_EndedClaim, EndedClaim__Output as _conclave_v1_EndedClaim__Output } from './conclave/v1/EndedClaim.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from './conclave/v1/ErrorDetail.ts';
import type { Extend as _conclave_v1_Extend, Extend__Output as _conclave_v1_Extend__Output } from './conclave/v1/Extend.ts';
import type { Fail as _conclave_v1_Fail, Fail__Output as _conclave_v1_Fail__Output } from './conclave/v1/Fail.ts';
import type { HeldClaim as _conclave_v1_HeldClaim, HeldClaim__Output as _conclave_v1_HeldClaim__Output } from './conclave/v1/HeldClaim.ts';
import type { HeldClaims as _conclave_v1_HeldClaims, HeldClaims__Output as _conclave_v1_HeldClaims__Output } from './conclave/v1/HeldClaims.ts';
import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from './conclave/v1/Job.ts';
import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from './conclave/v1/JobSpec.ts';
import type { Progress as _conclave_v1_Progress, Progress__Output as _conclave_v1_Progress__Output } from './conclave/v1/Progress.ts';
import type { Release as _conclave_v1_Release, Release__Output as _conclave_v1_Release__Output } from './conclave/v1/Release.ts';
import type { ReportProgress as _conclave_v1_ReportProgress, ReportProgress__Output as _conclave_v1_ReportProgress__Output } from './conclave/v1/ReportProgress.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from './conclave/v1/RetryPolicy.ts';
import type { RpcAny as _conclave_v1_RpcAny, RpcAny__Output as _conclave_v1_RpcAny__Output } from './conclave/v1/RpcAny.ts';
import type { RpcStatus as _conclave_v1_RpcStatus, RpcStatus__Output as _conclave_v1_RpcStatus__Output } from './conclave/v1/RpcStatus.ts';
import type { SaveCheckpoint as _conclave_v1_SaveCheckpoint, SaveCheckpoint__Output as _conclave_v1_SaveCheckpoint__Output } from './conclave/v1/SaveCheckpoint.ts';
import type { Subscribe as _conclave_v1_Subscribe, Subscribe__Output as _conclave_v1_Subscribe__Output } from './conclave/v1/Subscribe.ts';
import type { Subscribed as _conclave_v1_Subscribed, Subscribed__Output as _conclave_v1_Subscribed__Output } from './conclave/v1/Subscribed.ts';
import type { Timeouts as _conclave_v1_Timeouts, Timeouts__Output as _conclave_v1_Timeouts__Output } from './conclave/v1/Timeouts.ts';
import type { WaitFor as _conclave_v1_WaitFor, WaitFor__Output as _conclave_v1_WaitFor__Output } from './conclave/v1/WaitFor.ts';
import type { WorkClient as _conclave_v1_WorkClient, WorkDefinition as _conclave_v1_WorkDefinition } from './conclave/v1/Work.ts';
import type { WorkMessage as _conclave_v1_WorkMessage, WorkMessage__Output as _conclave_v1_WorkMessage__Output } from './conclave/v1/WorkMessage.ts';
import type { WorkerMessage as _conclave_v1_WorkerMessage, WorkerMessage__Output as _conclave_v1_WorkerMessage__Output } from './conclave/v1/WorkerMessage.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  conclave: {
    v1: {
      Act: MessageTypeDefinition<_conclave_v1_Act, _conclave_v1_Act__Output>
      ActReply: MessageTypeDefinition<_conclave_v1_ActReply, _conclave_v1_ActReply__Output>
      ActRequest: MessageTypeDefinition<_conclave_v1_ActRequest, _conclave_v1_ActRequest__Output>
      ActResult: MessageTypeDefinition<_conclave_v1_ActResult, _conclave_v1_ActResult__Output>
      Attempt: MessageTypeDefinition<_conclave_v1_Attempt, _conclave_v1_Attempt__Output>
      AttemptEnd: EnumTypeDefinition
      Backoff: EnumTypeDefinition
      CancelRequested: MessageTypeDefinition<_conclave_v1_CancelRequested, _conclave_v1_CancelRequested__Output>
      Checkpoint: MessageTypeDefinition<_conclave_v1_Checkpoint, _conclave_v1_Checkpoint__Output>
      Claim: MessageTypeDefinition<_conclave_v1_Claim, _conclave_v1_Claim__Output>
      ClaimReply: MessageTypeDefinition<_conclave_v1_ClaimReply, _conclave_v1_ClaimReply__Output>
      ClaimRequest: MessageTypeDefinition<_conclave_v1_ClaimRequest, _conclave_v1_ClaimRequest__Output>
      ClaimedJob: MessageTypeDefinition<_conclave_v1_ClaimedJob, _conclave_v1_ClaimedJob__Output>
      ClaimedJobs: MessageTypeDefinition<_conclave_v1_ClaimedJobs, _conclave_v1_ClaimedJobs__Output>
      ClaimsEnded: MessageTypeDefinition<_conclave_v1_ClaimsEnded, _conclave_v1_ClaimsEnded__Output>
      Complete: MessageTypeDefinition<_conclave_v1_Complete, _conclave_v1_Complete__Output>
      Credits: MessageTypeDefinition<_conclave_v1_Credits, _conclave_v1_Credits__Output>
      Dedup: MessageTypeDefinition<_conclave_v1_Dedup, _conclave_v1_Dedup__Output>
      DedupMode: EnumTypeDefinition
      Dependency: MessageTypeDefinition<_conclave_v1_Dependency, _conclave_v1_Dependency__Output>
      Drain: MessageTypeDefinition<_conclave_v1_Drain, _conclave_v1_Drain__Output>
      EndedClaim: MessageTypeDefinition<_conclave_v1_EndedClaim, _conclave_v1_EndedClaim__Output>
      ErrorDetail: MessageTypeDefinition<_conclave_v1_ErrorDetail, _conclave_v1_ErrorDetail__Output>
      Extend: MessageTypeDefinition<_conclave_v1_Extend, _conclave_v1_Extend__Output>
      Fail: MessageTypeDefinition<_conclave_v1_Fail, _conclave_v1_Fail__Output>
      HeldClaim: MessageTypeDefinition<_conclave_v1_HeldClaim, _conclave_v1_HeldClaim__Output>
      HeldClaims: MessageTypeDefinition<_conclave_v1_HeldClaims, _conclave_v1_HeldClaims__Output>
      Jitter: EnumTypeDefinition
      Job: MessageTypeDefinition<_conclave_v1_Job, _conclave_v1_Job__Output>
      JobSpec: MessageTypeDefinition<_conclave_v1_JobSpec, _conclave_v1_JobSpec__Output>
      JobState: EnumTypeDefinition
      OnFailure: EnumTypeDefinition
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_conclave_v1_Progress, _conclave_v1_Progress__Output>
      Release: MessageTypeDefinition<_conclave_v1_Release, _conclave_v1_Release__Output>
      ReportProgress: MessageTypeDefinition<_conclave_v1_ReportProgress, _conclave_v1_ReportProgress__Output>
      RetryPolicy: MessageTypeDefinition<_conclave_v1_RetryPolicy, _conclave_v1_RetryPolicy__Output>
      RpcAny: MessageTypeDefinition<_conclave_v1_RpcAny, _conclave_v1_RpcAny__Output>
      RpcStatus: MessageTypeDefinition<_conclave_v1_RpcStatus, _conclave_v1_RpcStatus__Output>
      SaveCheckpoint: MessageTypeDefinition<_conclave_v1_SaveCheckpoint, _conclave_v1_SaveCheckpoint__Output>
      Subscribe: MessageTypeDefinition<_conclave_v1_Subscribe, _conclave_v1_Subscribe__Output>
      Subscribed: MessageTypeDefinition<_conclave_v1_Subscribed, _conclave_v1_Subscribed__Output>
      Timeouts: MessageTypeDefinition<_conclave_v1_Timeouts, _conclave_v1_Timeouts__Output>
      WaitFor: MessageTypeDefinition<_conclave_v1_WaitFor, _conclave_v1_WaitFor__Output>
      Work: SubtypeConstructor<typeof grpc.Client, _conclave_v1_WorkClient> & { service: _conclave_v1_WorkDefinition }
      WorkMessage: MessageTypeDefinition<_conclave_v1_WorkMessage, _conclave_v1_WorkMessage__Output>
      WorkerMessage: MessageTypeDefinition<_conclave_v1_WorkerMessage, _conclave_v1_WorkerMessage__Output>
    }
  }
}

