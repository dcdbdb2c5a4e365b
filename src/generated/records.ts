import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Act as _conclave_v1_Act, Act__Output as _conclave_v1_Act__Output } from './conclave/v1/Act.ts';
import type { ActCommand as _conclave_v1_ActCommand, ActCommand__Output as _conclave_v1_ActCommand__Output } from './conclave/v1/ActCommand.ts';
import type { ActReply as _conclave_v1_ActReply, ActReply__Output as _conclave_v1_ActReply__Output } from './conclave/v1/ActReply.ts';
import type { ActRequest as _conclave_v1_ActRequest, ActRequest__Output as _conclave_v1_ActRequest__Output } from './conclave/v1/ActRequest.ts';
import type { ActResult as _conclave_v1_ActResult, ActResult__Output as _conclave_v1_ActResult__Output } from './conclave/v1/ActResult.ts';
import type { Attempt as _conclave_v1_Attempt, Attempt__Output as _conclave_v1_Attempt__Output } from './conclave/v1/Attempt.ts';
import type { BeginTermCommand as _conclave_v1_BeginTermCommand, BeginTermCommand__Output as _conclave_v1_BeginTermCommand__Output } from './conclave/v1/BeginTermCommand.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from './conclave/v1/BreakerPolicy.ts';
import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from './conclave/v1/ByHand.ts';
import type { CancelCommand as _conclave_v1_CancelCommand, CancelCommand__Output as _conclave_v1_CancelCommand__Output } from './conclave/v1/CancelCommand.ts';
import type { CancelReply as _conclave_v1_CancelReply, CancelReply__Output as _conclave_v1_CancelReply__Output } from './conclave/v1/CancelReply.ts';
import type { CancelRequest as _conclave_v1_CancelRequest, CancelRequest__Output as _conclave_v1_CancelRequest__Output } from './conclave/v1/CancelRequest.ts';
import type { CancelRequested as _conclave_v1_CancelRequested, CancelRequested__Output as _conclave_v1_CancelRequested__Output } from './conclave/v1/CancelRequested.ts';
import type { CancelResult as _conclave_v1_CancelResult, CancelResult__Output as _conclave_v1_CancelResult__Output } from './conclave/v1/CancelResult.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from './conclave/v1/Checkpoint.ts';
import type { Claim as _conclave_v1_Claim, Claim__Output as _conclave_v1_Claim__Output } from './conclave/v1/Claim.ts';
import type { ClaimCommand as _conclave_v1_ClaimCommand, ClaimCommand__Output as _conclave_v1_ClaimCommand__Output } from './conclave/v1/ClaimCommand.ts';
import type { ClaimReply as _conclave_v1_ClaimReply, ClaimReply__Output as _conclave_v1_ClaimReply__Output } from './conclave/v1/ClaimReply.ts';
import type { ClaimRequest as _conclave_v1_ClaimRequest, ClaimRequest__Output as _conclave_v1_ClaimRequest__Output } from './conclave/v1/ClaimRequest.ts';
import type { ClaimedJob as _conclave_v1_ClaimedJob, ClaimedJob__Output as _conclave_v1_ClaimedJob__Output } from './conclave/v1/ClaimedJob.ts';
import type { ClaimedJobs as _conclave_v1_ClaimedJobs, ClaimedJobs__Output as _conclave_v1_ClaimedJobs__Output } from './conclave/v1/ClaimedJobs.ts';
import type { ClaimsEnded as _conclave_v1_ClaimsEnded, ClaimsEnded__Output as _conclave_v1_ClaimsEnded__Output } from './conclave/v1/ClaimsEnded.ts';
import type { Command as _conclave_v1_Command, Command__Output as _conclave_v1_Command__Output } from './conclave/v1/Command.ts';
import type { CommandBatch as _conclave_v1_CommandBatch, CommandBatch__Output as _conclave_v1_CommandBatch__Output } from './conclave/v1/CommandBatch.ts';
import type { CompactedRecord as _conclave_v1_CompactedRecord, CompactedRecord__Output as _conclave_v1_CompactedRecord__Output } from './conclave/v1/CompactedRecord.ts';
import type { Complete as _conclave_v1_Complete, Complete__Output as _conclave_v1_Complete__Output } from './conclave/v1/Complete.ts';
import type { ConfigurationData as _conclave_v1_ConfigurationData, ConfigurationData__Output as _conclave_v1_ConfigurationData__Output } from './conclave/v1/ConfigurationData.ts';
import type { Credits as _conclave_v1_Credits, Credits__Output as _conclave_v1_Credits__Output } from './conclave/v1/Credits.ts';
import type { Dedup as _conclave_v1_Dedup, Dedup__Output as _conclave_v1_Dedup__Output } from './conclave/v1/Dedup.ts';
import type { DeleteScheduleCommand as _conclave_v1_DeleteScheduleCommand, DeleteScheduleCommand__Output as _conclave_v1_DeleteScheduleCommand__Output } from './conclave/v1/DeleteScheduleCommand.ts';
import type { DeleteScheduleReply as _conclave_v1_DeleteScheduleReply, DeleteScheduleReply__Output as _conclave_v1_DeleteScheduleReply__Output } from './conclave/v1/DeleteScheduleReply.ts';
import type { DeleteScheduleRequest as _conclave_v1_DeleteScheduleRequest, DeleteScheduleRequest__Output as _conclave_v1_DeleteScheduleRequest__Output } from './conclave/v1/DeleteScheduleRequest.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from './conclave/v1/Dependency.ts';
import type { Drain as _conclave_v1_Drain, Drain__Output as _conclave_v1_Drain__Output } from './conclave/v1/Drain.ts';
import type { EndedClaim as _conclave_v1_EndedClaim, EndedClaim__Output as _conclave_v1_EndedClaim__Output } from './conclave/v1/EndedClaim.ts';
import type { EndedJob as _conclave_v1_EndedJob, EndedJob__Output as _conclave_v1_EndedJob__Output } from './conclave/v1/EndedJob.ts';
import type { EnqueueCommand as _conclave_v1_EnqueueCommand, EnqueueCommand__Output as _conclave_v1_EnqueueCommand__Output } from './conclave/v1/EnqueueCommand.ts';
import type { EnqueueReply as _conclave_v1_EnqueueReply, EnqueueReply__Output as _conclave_v1_EnqueueReply__Output } from './conclave/v1/EnqueueReply.ts';
import type { EnqueueRequest as _conclave_v1_EnqueueRequest, EnqueueRequest__Output as _conclave_v1_EnqueueRequest__Output } from './conclave/v1/EnqueueRequest.ts';
import type { EnqueueResult as _conclave_v1_EnqueueResult, EnqueueResult__Output as _conclave_v1_EnqueueResult__Output } from './conclave/v1/EnqueueResult.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from './conclave/v1/ErrorDetail.ts';
import type { ExpireClaimsCommand as _conclave_v1_ExpireClaimsCommand, ExpireClaimsCommand__Output as _conclave_v1_ExpireClaimsCommand__Output } from './conclave/v1/ExpireClaimsCommand.ts';
import type { ExpiredClaim as _conclave_v1_ExpiredClaim, ExpiredClaim__Output as _conclave_v1_ExpiredClaim__Output } from './conclave/v1/ExpiredClaim.ts';
import type { Extend as _conclave_v1_Extend, Extend__Output as _conclave_v1_Extend__Output } from './conclave/v1/Extend.ts';
import type { Fail as _conclave_v1_Fail, Fail__Output as _conclave_v1_Fail__Output } from './conclave/v1/Fail.ts';
import type { FireScheduleCommand as _conclave_v1_FireScheduleCommand, FireScheduleCommand__Output as _conclave_v1_FireScheduleCommand__Output } from './conclave/v1/FireScheduleCommand.ts';
import type { FireTimersCommand as _conclave_v1_FireTimersCommand, FireTimersCommand__Output as _conclave_v1_FireTimersCommand__Output } from './conclave/v1/FireTimersCommand.ts';
import type { GetReply as _conclave_v1_GetReply, GetReply__Output as _conclave_v1_GetReply__Output } from './conclave/v1/GetReply.ts';
import type { GetRequest as _conclave_v1_GetRequest, GetRequest__Output as _conclave_v1_GetRequest__Output } from './conclave/v1/GetRequest.ts';
import type { GetScheduleReply as _conclave_v1_GetScheduleReply, GetScheduleReply__Output as _conclave_v1_GetScheduleReply__Output } from './conclave/v1/GetScheduleReply.ts';
import type { GetScheduleRequest as _conclave_v1_GetScheduleRequest, GetScheduleRequest__Output as _conclave_v1_GetScheduleRequest__Output } from './conclave/v1/GetScheduleRequest.ts';
import type { HardStateRecord as _conclave_v1_HardStateRecord, HardStateRecord__Output as _conclave_v1_HardStateRecord__Output } from './conclave/v1/HardStateRecord.ts';
import type { HeldClaim as _conclave_v1_HeldClaim, HeldClaim__Output as _conclave_v1_HeldClaim__Output } from './conclave/v1/HeldClaim.ts';
import type { HeldClaims as _conclave_v1_HeldClaims, HeldClaims__Output as _conclave_v1_HeldClaims__Output } from './conclave/v1/HeldClaims.ts';
import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from './conclave/v1/Job.ts';
import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from './conclave/v1/JobSpec.ts';
import type { JobsClient as _conclave_v1_JobsClient, JobsDefinition as _conclave_v1_JobsDefinition } from './conclave/v1/Jobs.ts';
import type { ListReply as _conclave_v1_ListReply, ListReply__Output as _conclave_v1_ListReply__Output } from './conclave/v1/ListReply.ts';
import type { ListRequest as _conclave_v1_ListRequest, ListRequest__Output as _conclave_v1_ListRequest__Output } from './conclave/v1/ListRequest.ts';
import type { ListSchedulesReply as _conclave_v1_ListSchedulesReply, ListSchedulesReply__Output as _conclave_v1_ListSchedulesReply__Output } from './conclave/v1/ListSchedulesReply.ts';
import type { ListSchedulesRequest as _conclave_v1_ListSchedulesRequest, ListSchedulesRequest__Output as _conclave_v1_ListSchedulesRequest__Output } from './conclave/v1/ListSchedulesRequest.ts';
import type { ManageCommand as _conclave_v1_ManageCommand, ManageCommand__Output as _conclave_v1_ManageCommand__Output } from './conclave/v1/ManageCommand.ts';
import type { MemberDetails as _conclave_v1_MemberDetails, MemberDetails__Output as _conclave_v1_MemberDetails__Output } from './conclave/v1/MemberDetails.ts';
import type { MembershipData as _conclave_v1_MembershipData, MembershipData__Output as _conclave_v1_MembershipData__Output } from './conclave/v1/MembershipData.ts';
import type { PauseScheduleCommand as _conclave_v1_PauseScheduleCommand, PauseScheduleCommand__Output as _conclave_v1_PauseScheduleCommand__Output } from './conclave/v1/PauseScheduleCommand.ts';
import type { PauseScheduleReply as _conclave_v1_PauseScheduleReply, PauseScheduleReply__Output as _conclave_v1_PauseScheduleReply__Output } from './conclave/v1/PauseScheduleReply.ts';
import type { PauseScheduleRequest as _conclave_v1_PauseScheduleRequest, PauseScheduleRequest__Output as _conclave_v1_PauseScheduleRequest__Output } from './conclave/v1/PauseScheduleRequest.ts';
import type { Progress as _conclave_v1_Progress, Progress__Output as _conclave_v1_Progress__Output } from './conclave/v1/Progress.ts';
import type { PutScheduleCommand as _conclave_v1_PutScheduleCommand, PutScheduleCommand__Output as _conclave_v1_PutScheduleCommand__Output } from './conclave/v1/PutScheduleCommand.ts';
import type { PutScheduleReply as _conclave_v1_PutScheduleReply, PutScheduleReply__Output as _conclave_v1_PutScheduleReply__Output } from './conclave/v1/PutScheduleReply.ts';
import type { PutScheduleRequest as _conclave_v1_PutScheduleRequest, PutScheduleRequest__Output as _conclave_v1_PutScheduleRequest__Output } from './conclave/v1/PutScheduleRequest.ts';
import type { QueuePatch as _conclave_v1_QueuePatch, QueuePatch__Output as _conclave_v1_QueuePatch__Output } from './conclave/v1/QueuePatch.ts';
import type { QueueStats as _conclave_v1_QueueStats, QueueStats__Output as _conclave_v1_QueueStats__Output } from './conclave/v1/QueueStats.ts';
import type { RateLimit as _conclave_v1_RateLimit, RateLimit__Output as _conclave_v1_RateLimit__Output } from './conclave/v1/RateLimit.ts';
import type { RecordsGeneration as _conclave_v1_RecordsGeneration, RecordsGeneration__Output as _conclave_v1_RecordsGeneration__Output } from './conclave/v1/RecordsGeneration.ts';
import type { RecordsSum as _conclave_v1_RecordsSum, RecordsSum__Output as _conclave_v1_RecordsSum__Output } from './conclave/v1/RecordsSum.ts';
import type { Release as _conclave_v1_Release, Release__Output as _conclave_v1_Release__Output } from './conclave/v1/Release.ts';
import type { ReportProgress as _conclave_v1_ReportProgress, ReportProgress__Output as _conclave_v1_ReportProgress__Output } from './conclave/v1/ReportProgress.ts';
import type { ResumeScheduleReply as _conclave_v1_ResumeScheduleReply, ResumeScheduleReply__Output as _conclave_v1_ResumeScheduleReply__Output } from './conclave/v1/ResumeScheduleReply.ts';
import type { ResumeScheduleRequest as _conclave_v1_ResumeScheduleRequest, ResumeScheduleRequest__Output as _conclave_v1_ResumeScheduleRequest__Output } from './conclave/v1/ResumeScheduleRequest.ts';
import type { ResumeWorkerCommand as _conclave_v1_ResumeWorkerCommand, ResumeWorkerCommand__Output as _conclave_v1_ResumeWorkerCommand__Output } from './conclave/v1/ResumeWorkerCommand.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from './conclave/v1/RetryPolicy.ts';
import type { RpcAny as _conclave_v1_RpcAny, RpcAny__Output as _conclave_v1_RpcAny__Output } from './conclave/v1/RpcAny.ts';
import type { RpcStatus as _conclave_v1_RpcStatus, RpcStatus__Output as _conclave_v1_RpcStatus__Output } from './conclave/v1/RpcStatus.ts';
import type { RunScheduleReply as _conclave_v1_RunScheduleReply, RunScheduleReply__Output as _conclave_v1_RunScheduleReply__Output } from './conclave/v1/RunScheduleReply.ts';
import type { RunScheduleRequest as _conclave_v1_RunScheduleRequest, RunScheduleRequest__Output as _conclave_v1_RunScheduleRequest__Output } from './conclave/v1/RunScheduleRequest.ts';
import type { SaveCheckpoint as _conclave_v1_SaveCheckpoint, SaveCheckpoint__Output as _conclave_v1_SaveCheckpoint__Output } from './conclave/v1/SaveCheckpoint.ts';
import type { Schedule as _conclave_v1_Schedule, Schedule__Output as _conclave_v1_Schedule__Output } from './conclave/v1/Schedule.ts';
import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from './conclave/v1/ScheduleSpec.ts';
import type { SchedulesClient as _conclave_v1_SchedulesClient, SchedulesDefinition as _conclave_v1_SchedulesDefinition } from './conclave/v1/Schedules.ts';
import type { SetBreakerCommand as _conclave_v1_SetBreakerCommand, SetBreakerCommand__Output as _conclave_v1_SetBreakerCommand__Output } from './conclave/v1/SetBreakerCommand.ts';
import type { SetQueueCommand as _conclave_v1_SetQueueCommand, SetQueueCommand__Output as _conclave_v1_SetQueueCommand__Output } from './conclave/v1/SetQueueCommand.ts';
import type { SnapshotChunk as _conclave_v1_SnapshotChunk, SnapshotChunk__Output as _conclave_v1_SnapshotChunk__Output } from './conclave/v1/SnapshotChunk.ts';
import type { SnapshotHeader as _conclave_v1_SnapshotHeader, SnapshotHeader__Output as _conclave_v1_SnapshotHeader__Output } from './conclave/v1/SnapshotHeader.ts';
import type { StatsReply as _conclave_v1_StatsReply, StatsReply__Output as _conclave_v1_StatsReply__Output } from './conclave/v1/StatsReply.ts';
import type { StatsRequest as _conclave_v1_StatsRequest, StatsRequest__Output as _conclave_v1_StatsRequest__Output } from './conclave/v1/StatsRequest.ts';
import type { StoredBreaker as _conclave_v1_StoredBreaker, StoredBreaker__Output as _conclave_v1_StoredBreaker__Output } from './conclave/v1/StoredBreaker.ts';
import type { StoredDedup as _conclave_v1_StoredDedup, StoredDedup__Output as _conclave_v1_StoredDedup__Output } from './conclave/v1/StoredDedup.ts';
import type { StoredJob as _conclave_v1_StoredJob, StoredJob__Output as _conclave_v1_StoredJob__Output } from './conclave/v1/StoredJob.ts';
import type { StoredMeta as _conclave_v1_StoredMeta, StoredMeta__Output as _conclave_v1_StoredMeta__Output } from './conclave/v1/StoredMeta.ts';
import type { StoredPart as _conclave_v1_StoredPart, StoredPart__Output as _conclave_v1_StoredPart__Output } from './conclave/v1/StoredPart.ts';
import type { StoredQueue as _conclave_v1_StoredQueue, StoredQueue__Output as _conclave_v1_StoredQueue__Output } from './conclave/v1/StoredQueue.ts';
import type { StoredRate as _conclave_v1_StoredRate, StoredRate__Output as _conclave_v1_StoredRate__Output } from './conclave/v1/StoredRate.ts';
import type { StoredRecord as _conclave_v1_StoredRecord, StoredRecord__Output as _conclave_v1_StoredRecord__Output } from './conclave/v1/StoredRecord.ts';
import type { StoredSchedule as _conclave_v1_StoredSchedule, StoredSchedule__Output as _conclave_v1_StoredSchedule__Output } from './conclave/v1/StoredSchedule.ts';
import type { StoredTurns as _conclave_v1_StoredTurns, StoredTurns__Output as _conclave_v1_StoredTurns__Output } from './conclave/v1/StoredTurns.ts';
import type { Subscribe as _conclave_v1_Subscribe, Subscribe__Output as _conclave_v1_Subscribe__Output } from './conclave/v1/Subscribe.ts';
import type { Subscribed as _conclave_v1_Subscribed, Subscribed__Output as _conclave_v1_Subscribed__Output } from './conclave/v1/Subscribed.ts';
import type { SwitchPatch as _conclave_v1_SwitchPatch, SwitchPatch__Output as _conclave_v1_SwitchPatch__Output } from './conclave/v1/SwitchPatch.ts';
import type { Timeouts as _conclave_v1_Timeouts, Timeouts__Output as _conclave_v1_Timeouts__Output } from './conclave/v1/Timeouts.ts';
import type { WaitFor as _conclave_v1_WaitFor, WaitFor__Output as _conclave_v1_WaitFor__Output } from './conclave/v1/WaitFor.ts';
import type { WaitReply as _conclave_v1_WaitReply, WaitReply__Output as _conclave_v1_WaitReply__Output } from './conclave/v1/WaitReply.ts';
import type { WaitRequest as _conclave_v1_WaitRequest, WaitRequest__Output as _conclave_v1_WaitRequest__Output } from './conclave/v1/WaitRequest.ts';
import type { WaitStreamReply as _conclave_v1_WaitStreamReply, WaitStreamReply__Output as _conclave_v1_WaitStreamReply__Output } from './conclave/v1/WaitStreamReply.ts';
import type { WaitStreamRequest as _conclave_v1_WaitStreamRequest, WaitStreamRequest__Output as _conclave_v1_WaitStreamRequest__Output } from './conclave/v1/WaitStreamRequest.ts';
import type { Weights as _conclave_v1_Weights, Weights__Output as _conclave_v1_Weights__Output } from './conclave/v1/Weights.ts';
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
      ActCommand: MessageTypeDefinition<_conclave_v1_ActCommand, _conclave_v1_ActCommand__Output>
      ActReply: MessageTypeDefinition<_conclave_v1_ActReply, _conclave_v1_ActReply__Output>
      ActRequest: MessageTypeDefinition<_conclave_v1_ActRequest, _conclave_v1_ActRequest__Output>
      ActResult: MessageTypeDefinition<_conclave_v1_ActResult, _conclave_v1_ActResult__Output>
      Attempt: MessageTypeDefinition<_conclave_v1_Attempt, _conclave_v1_Attempt__Output>
      AttemptEnd: EnumTypeDefinition
      Backoff: EnumTypeDefinition
      BeginTermCommand: MessageTypeDefinition<_conclave_v1_BeginTermCommand, _conclave_v1_BeginTermCommand__Output>
      BreakerPolicy: MessageTypeDefinition<_conclave_v1_BreakerPolicy, _conclave_v1_BreakerPolicy__Output>
      ByHand: MessageTypeDefinition<_conclave_v1_ByHand, _conclave_v1_ByHand__Output>
      CancelCommand: MessageTypeDefinition<_conclave_v1_CancelCommand, _conclave_v1_CancelCommand__Output>
      CancelReply: MessageTypeDefinition<_conclave_v1_CancelReply, _conclave_v1_CancelReply__Output>
      CancelRequest: MessageTypeDefinition<_conclave_v1_CancelRequest, _conclave_v1_CancelRequest__Output>
      CancelRequested: MessageTypeDefinition<_conclave_v1_CancelRequested, _conclave_v1_CancelRequested__Output>
      CancelResult: MessageTypeDefinition<_conclave_v1_CancelResult, _conclave_v1_CancelResult__Output>
      Checkpoint: MessageTypeDefinition<_conclave_v1_Checkpoint, _conclave_v1_Checkpoint__Output>
      Claim: MessageTypeDefinition<_conclave_v1_Claim, _conclave_v1_Claim__Output>
      ClaimCommand: MessageTypeDefinition<_conclave_v1_ClaimCommand, _conclave_v1_ClaimCommand__Output>
      ClaimReply: MessageTypeDefinition<_conclave_v1_ClaimReply, _conclave_v1_ClaimReply__Output>
      ClaimRequest: MessageTypeDefinition<_conclave_v1_ClaimRequest, _conclave_v1_ClaimRequest__Output>
      ClaimedJob: MessageTypeDefinition<_conclave_v1_ClaimedJob, _conclave_v1_ClaimedJob__Output>
      ClaimedJobs: MessageTypeDefinition<_conclave_v1_ClaimedJobs, _conclave_v1_ClaimedJobs__Output>
      ClaimsEnded: MessageTypeDefinition<_conclave_v1_ClaimsEnded, _conclave_v1_ClaimsEnded__Output>
      Command: MessageTypeDefinition<_conclave_v1_Command, _conclave_v1_Command__Output>
      CommandBatch: MessageTypeDefinition<_conclave_v1_CommandBatch, _conclave_v1_CommandBatch__Output>
      CompactedRecord: MessageTypeDefinition<_conclave_v1_CompactedRecord, _conclave_v1_CompactedRecord__Output>
      Complete: MessageTypeDefinition<_conclave_v1_Complete, _conclave_v1_Complete__Output>
      ConfigurationData: MessageTypeDefinition<_conclave_v1_ConfigurationData, _conclave_v1_ConfigurationData__Output>
      Consistency: EnumTypeDefinition
      Credits: MessageTypeDefinition<_conclave_v1_Credits, _conclave_v1_Credits__Output>
      Dedup: MessageTypeDefinition<_conclave_v1_Dedup, _conclave_v1_Dedup__Output>
      DedupMode: EnumTypeDefinition
      DeleteScheduleCommand: MessageTypeDefinition<_conclave_v1_DeleteScheduleCommand, _conclave_v1_DeleteScheduleCommand__Output>
      DeleteScheduleReply: MessageTypeDefinition<_conclave_v1_DeleteScheduleReply, _conclave_v1_DeleteScheduleReply__Output>
      DeleteScheduleRequest: MessageTypeDefinition<_conclave_v1_DeleteScheduleRequest, _conclave_v1_DeleteScheduleRequest__Output>
      Dependency: MessageTypeDefinition<_conclave_v1_Dependency, _conclave_v1_Dependency__Output>
      Drain: MessageTypeDefinition<_conclave_v1_Drain, _conclave_v1_Drain__Output>
      EndedClaim: MessageTypeDefinition<_conclave_v1_EndedClaim, _conclave_v1_EndedClaim__Output>
      EndedJob: MessageTypeDefinition<_conclave_v1_EndedJob, _conclave_v1_EndedJob__Output>
      EnqueueCommand: MessageTypeDefinition<_conclave_v1_EnqueueCommand, _conclave_v1_EnqueueCommand__Output>
      EnqueueReply: MessageTypeDefinition<_conclave_v1_EnqueueReply, _conclave_v1_EnqueueReply__Output>
      EnqueueRequest: MessageTypeDefinition<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueRequest__Output>
      EnqueueResult: MessageTypeDefinition<_conclave_v1_EnqueueResult, _conclave_v1_EnqueueResult__Output>
      ErrorDetail: MessageTypeDefinition<_conclave_v1_ErrorDetail, _conclave_v1_ErrorDetail__Output>
      ExpireClaimsCommand: MessageTypeDefinition<_conclave_v1_ExpireClaimsCommand, _conclave_v1_ExpireClaimsCommand__Output>
      ExpiredClaim: MessageTypeDefinition<_conclave_v1_ExpiredClaim, _conclave_v1_ExpiredClaim__Output>
      Extend: MessageTypeDefinition<_conclave_v1_Extend, _conclave_v1_Extend__Output>
      Fail: MessageTypeDefinition<_conclave_v1_Fail, _conclave_v1_Fail__Output>
      FireScheduleCommand: MessageTypeDefinition<_conclave_v1_FireScheduleCommand, _conclave_v1_FireScheduleCommand__Output>
      FireTimersCommand: MessageTypeDefinition<_conclave_v1_FireTimersCommand, _conclave_v1_FireTimersCommand__Output>
      GetReply: MessageTypeDefinition<_conclave_v1_GetReply, _conclave_v1_GetReply__Output>
      GetRequest: MessageTypeDefinition<_conclave_v1_GetRequest, _conclave_v1_GetRequest__Output>
      GetScheduleReply: MessageTypeDefinition<_conclave_v1_GetScheduleReply, _conclave_v1_GetScheduleReply__Output>
      GetScheduleRequest: MessageTypeDefinition<_conclave_v1_GetScheduleRequest, _conclave_v1_GetScheduleRequest__Output>
      HardStateRecord: MessageTypeDefinition<_conclave_v1_HardStateRecord, _conclave_v1_HardStateRecord__Output>
      HeldClaim: MessageTypeDefinition<_conclave_v1_HeldClaim, _conclave_v1_HeldClaim__Output>
      HeldClaims: MessageTypeDefinition<_conclave_v1_HeldClaims, _conclave_v1_HeldClaims__Output>
      Jitter: EnumTypeDefinition
      Job: MessageTypeDefinition<_conclave_v1_Job, _conclave_v1_Job__Output>
      JobSpec: MessageTypeDefinition<_conclave_v1_JobSpec, _conclave_v1_JobSpec__Output>
      JobState: EnumTypeDefinition
      Jobs: SubtypeConstructor<typeof grpc.Client, _conclave_v1_JobsClient> & { service: _conclave_v1_JobsDefinition }
      ListReply: MessageTypeDefinition<_conclave_v1_ListReply, _conclave_v1_ListReply__Output>
      ListRequest: MessageTypeDefinition<_conclave_v1_ListRequest, _conclave_v1_ListRequest__Output>
      ListSchedulesReply: MessageTypeDefinition<_conclave_v1_ListSchedulesReply, _conclave_v1_ListSchedulesReply__Output>
      ListSchedulesRequest: MessageTypeDefinition<_conclave_v1_ListSchedulesRequest, _conclave_v1_ListSchedulesRequest__Output>
      ManageCommand: MessageTypeDefinition<_conclave_v1_ManageCommand, _conclave_v1_ManageCommand__Output>
      MemberDetails: MessageTypeDefinition<_conclave_v1_MemberDetails, _conclave_v1_MemberDetails__Output>
      MembershipData: MessageTypeDefinition<_conclave_v1_MembershipData, _conclave_v1_MembershipData__Output>
      OnFailure: EnumTypeDefinition
      PauseScheduleCommand: MessageTypeDefinition<_conclave_v1_PauseScheduleCommand, _conclave_v1_PauseScheduleCommand__Output>
      PauseScheduleReply: MessageTypeDefinition<_conclave_v1_PauseScheduleReply, _conclave_v1_PauseScheduleReply__Output>
      PauseScheduleRequest: MessageTypeDefinition<_conclave_v1_PauseScheduleRequest, _conclave_v1_PauseScheduleRequest__Output>
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_conclave_v1_Progress, _conclave_v1_Progress__Output>
      PutScheduleCommand: MessageTypeDefinition<_conclave_v1_PutScheduleCommand, _conclave_v1_PutScheduleCommand__Output>
      PutScheduleReply: MessageTypeDefinition<_conclave_v1_PutScheduleReply, _conclave_v1_PutScheduleReply__Output>
      PutScheduleRequest: MessageTypeDefinition<_conclave_v1_PutScheduleRequest, _conclave_v1_PutScheduleRequest__Output>
      QueuePatch: MessageTypeDefinition<_conclave_v1_QueuePatch, _conclave_v1_QueuePatch__Output>
      QueueStats: MessageTypeDefinition<_conclave_v1_QueueStats, _conclave_v1_QueueStats__Output>
      RateLimit: MessageTypeDefinition<_conclave_v1_RateLimit, _conclave_v1_RateLimit__Output>
      RecordsGeneration: MessageTypeDefinition<_conclave_v1_RecordsGeneration, _conclave_v1_RecordsGeneration__Output>
      RecordsSum: MessageTypeDefinition<_conclave_v1_RecordsSum, _conclave_v1_RecordsSum__Output>
      Release: MessageTypeDefinition<_conclave_v1_Release, _conclave_v1_Release__Output>
      ReportProgress: MessageTypeDefinition<_conclave_v1_ReportProgress, _conclave_v1_ReportProgress__Output>
      ResumeScheduleReply: MessageTypeDefinition<_conclave_v1_ResumeScheduleReply, _conclave_v1_ResumeScheduleReply__Output>
      ResumeScheduleRequest: MessageTypeDefinition<_conclave_v1_ResumeScheduleRequest, _conclave_v1_ResumeScheduleRequest__Output>
      ResumeWorkerCommand: MessageTypeDefinition<_conclave_v1_ResumeWorkerCommand, _conclave_v1_ResumeWorkerCommand__Output>
      RetryPolicy: MessageTypeDefinition<_conclave_v1_RetryPolicy, _conclave_v1_RetryPolicy__Output>
      RpcAny: MessageTypeDefinition<_conclave_v1_RpcAny, _conclave_v1_RpcAny__Output>
      RpcStatus: MessageTypeDefinition<_conclave_v1_RpcStatus, _conclave_v1_RpcStatus__Output>
      RunScheduleReply: MessageTypeDefinition<_conclave_v1_RunScheduleReply, _conclave_v1_RunScheduleReply__Output>
      RunScheduleRequest: MessageTypeDefinition<_conclave_v1_RunScheduleRequest, _conclave_v1_RunScheduleRequest__Output>
      SaveCheckpoint: MessageTypeDefinition<_conclave_v1_SaveCheckpoint, _conclave_v1_SaveCheckpoint__Output>
      Schedule: MessageTypeDefinition<_conclave_v1_Schedule, _conclave_v1_Schedule__Output>
      ScheduleSpec: MessageTypeDefinition<_conclave_v1_ScheduleSpec, _conclave_v1_ScheduleSpec__Output>
      Schedules: SubtypeConstructor<typeof grpc.Client, _conclave_v1_SchedulesClient> & { service: _conclave_v1_SchedulesDefinition }
      SetBreakerCommand: MessageTypeDefinition<_conclave_v1_SetBreakerCommand, _conclave_v1_SetBreakerCommand__Output>
      SetQueueCommand: MessageTypeDefinition<_conclave_v1_SetQueueCommand, _conclave_v1_SetQueueCommand__Output>
      SnapshotChunk: MessageTypeDefinition<_conclave_v1_SnapshotChunk, _conclave_v1_SnapshotChunk__Output>
      SnapshotHeader: MessageTypeDefinition<_conclave_v1_SnapshotHeader, _conclave_v1_SnapshotHeader__Output>
      StatsReply: MessageTypeDefinition<_conclave_v1_StatsReply, _conclave_v1_StatsReply__Output>
      StatsRequest: MessageTypeDefinition<_conclave_v1_StatsRequest, _conclave_v1_StatsRequest__Output>
      StoredBreaker: MessageTypeDefinition<_conclave_v1_StoredBreaker, _conclave_v1_StoredBreaker__Output>
      StoredDedup: MessageTypeDefinition<_conclave_v1_StoredDedup, _conclave_v1_StoredDedup__Output>
      StoredJob: MessageTypeDefinition<_conclave_v1_StoredJob, _conclave_v1_StoredJob__Output>
      StoredMeta: MessageTypeDefinition<_conclave_v1_StoredMeta, _conclave_v1_StoredMeta__Output>
      StoredPart: MessageTypeDefinition<_conclave_v1_StoredPart, _conclave_v1_StoredPart__Output>
      StoredQueue: MessageTypeDefinition<_conclave_v1_StoredQueue, _conclave_v1_StoredQueue__Output>
      StoredRate: MessageTypeDefinition<_conclave_v1_StoredRate, _conclave_v1_StoredRate__Output>
      StoredRecord: MessageTypeDefinition<_conclave_v1_StoredRecord, _conclave_v1_StoredRecord__Output>
      StoredSchedule: MessageTypeDefinition<_conclave_v1_StoredSchedule, _conclave_v1_StoredSchedule__Output>
      StoredTurns: MessageTypeDefinition<_conclave_v1_StoredTurns, _conclave_v1_StoredTurns__Output>
      Subscribe: MessageTypeDefinition<_conclave_v1_Subscribe, _conclave_v1_Subscribe__Output>
      Subscribed: MessageTypeDefinition<_conclave_v1_Subscribed, _conclave_v1_Subscribed__Output>
      SwitchPatch: MessageTypeDefinition<_conclave_v1_SwitchPatch, _conclave_v1_SwitchPatch__Output>
      Timeouts: MessageTypeDefinition<_conclave_v1_Timeouts, _conclave_v1_Timeouts__Output>
      WaitFor: MessageTypeDefinition<_conclave_v1_WaitFor, _conclave_v1_WaitFor__Output>
      WaitReply: MessageTypeDefinition<_conclave_v1_WaitReply, _conclave_v1_WaitReply__Output>
      WaitRequest: MessageTypeDefinition<_conclave_v1_WaitRequest, _conclave_v1_WaitRequest__Output>
      WaitStreamReply: MessageTypeDefinition<_conclave_v1_WaitStreamReply, _conclave_v1_WaitStreamReply__Output>
      WaitStreamRequest: MessageTypeDefinition<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamRequest__Output>
      Weights: MessageTypeDefinition<_conclave_v1_Weights, _conclave_v1_Weights__Output>
      Work: SubtypeConstructor<typeof grpc.Client, _conclave_v1_WorkClient> & { service: _conclave_v1_WorkDefinition }
      WorkMessage: MessageTypeDefinition<_conclave_v1_WorkMessage, _conclave_v1_WorkMessage__Output>
      WorkerMessage: MessageTypeDefinition<_conclave_v1_WorkerMessage, _conclave_v1_WorkerMessage__Output>
    }
  }
}

