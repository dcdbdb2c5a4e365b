import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Attempt as _conclave_v1_Attempt, Attempt__Output as _conclave_v1_Attempt__Output } from './conclave/v1/Attempt.ts';
import type { Breaker as _conclave_v1_Breaker, Breaker__Output as _conclave_v1_Breaker__Output } from './conclave/v1/Breaker.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from './conclave/v1/BreakerPolicy.ts';
import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from './conclave/v1/ByHand.ts';
import type { CancelReply as _conclave_v1_CancelReply, CancelReply__Output as _conclave_v1_CancelReply__Output } from './conclave/v1/CancelReply.ts';
import type { CancelRequest as _conclave_v1_CancelRequest, CancelRequest__Output as _conclave_v1_CancelRequest__Output } from './conclave/v1/CancelRequest.ts';
import type { CancelResult as _conclave_v1_CancelResult, CancelResult__Output as _conclave_v1_CancelResult__Output } from './conclave/v1/CancelResult.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from './conclave/v1/Checkpoint.ts';
import type { Claim as _conclave_v1_Claim, Claim__Output as _conclave_v1_Claim__Output } from './conclave/v1/Claim.ts';
import type { Dedup as _conclave_v1_Dedup, Dedup__Output as _conclave_v1_Dedup__Output } from './conclave/v1/Dedup.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from './conclave/v1/Dependency.ts';
import type { EndedJob as _conclave_v1_EndedJob, EndedJob__Output as _conclave_v1_EndedJob__Output } from './conclave/v1/EndedJob.ts';
import type { EnqueueReply as _conclave_v1_EnqueueReply, EnqueueReply__Output as _conclave_v1_EnqueueReply__Output } from './conclave/v1/EnqueueReply.ts';
import type { EnqueueRequest as _conclave_v1_EnqueueRequest, EnqueueRequest__Output as _conclave_v1_EnqueueRequest__Output } from './conclave/v1/EnqueueRequest.ts';
import type { EnqueueResult as _conclave_v1_EnqueueResult, EnqueueResult__Output as _conclave_v1_EnqueueResult__Output } from './conclave/v1/EnqueueResult.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from './conclave/v1/ErrorDetail.ts';
import type { GetQueueReply as _conclave_v1_GetQueueReply, GetQueueReply__Output as _conclave_v1_GetQueueReply__Output } from './conclave/v1/GetQueueReply.ts';
import type { GetQueueRequest as _conclave_v1_GetQueueRequest, GetQueueRequest__Output as _conclave_v1_GetQueueRequest__Output } from './conclave/v1/GetQueueRequest.ts';
import type { GetReply as _conclave_v1_GetReply, GetReply__Output as _conclave_v1_GetReply__Output } from './conclave/v1/GetReply.ts';
import type { GetRequest as _conclave_v1_GetRequest, GetRequest__Output as _conclave_v1_GetRequest__Output } from './conclave/v1/GetRequest.ts';
import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from './conclave/v1/Job.ts';
import type { JobEvent as _conclave_v1_JobEvent, JobEvent__Output as _conclave_v1_JobEvent__Output } from './conclave/v1/JobEvent.ts';
import type { JobFilter as _conclave_v1_JobFilter, JobFilter__Output as _conclave_v1_JobFilter__Output } from './conclave/v1/JobFilter.ts';
import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from './conclave/v1/JobSpec.ts';
import type { JobsClient as _conclave_v1_JobsClient, JobsDefinition as _conclave_v1_JobsDefinition } from './conclave/v1/Jobs.ts';
import type { ListBreakersReply as _conclave_v1_ListBreakersReply, ListBreakersReply__Output as _conclave_v1_ListBreakersReply__Output } from './conclave/v1/ListBreakersReply.ts';
import type { ListBreakersRequest as _conclave_v1_ListBreakersRequest, ListBreakersRequest__Output as _conclave_v1_ListBreakersRequest__Output } from './conclave/v1/ListBreakersRequest.ts';
import type { ListQueuesReply as _conclave_v1_ListQueuesReply, ListQueuesReply__Output as _conclave_v1_ListQueuesReply__Output } from './conclave/v1/ListQueuesReply.ts';
import type { ListQueuesRequest as _conclave_v1_ListQueuesRequest, ListQueuesRequest__Output as _conclave_v1_ListQueuesRequest__Output } from './conclave/v1/ListQueuesRequest.ts';
import type { ListReply as _conclave_v1_ListReply, ListReply__Output as _conclave_v1_ListReply__Output } from './conclave/v1/ListReply.ts';
import type { ListRequest as _conclave_v1_ListRequest, ListRequest__Output as _conclave_v1_ListRequest__Output } from './conclave/v1/ListRequest.ts';
import type { ManageClient as _conclave_v1_ManageClient, ManageDefinition as _conclave_v1_ManageDefinition } from './conclave/v1/Manage.ts';
import type { ManageJobsReply as _conclave_v1_ManageJobsReply, ManageJobsReply__Output as _conclave_v1_ManageJobsReply__Output } from './conclave/v1/ManageJobsReply.ts';
import type { ManageJobsRequest as _conclave_v1_ManageJobsRequest, ManageJobsRequest__Output as _conclave_v1_ManageJobsRequest__Output } from './conclave/v1/ManageJobsRequest.ts';
import type { ManagedJob as _conclave_v1_ManagedJob, ManagedJob__Output as _conclave_v1_ManagedJob__Output } from './conclave/v1/ManagedJob.ts';
import type { Progress as _conclave_v1_Progress, Progress__Output as _conclave_v1_Progress__Output } from './conclave/v1/Progress.ts';
import type { QueueOverview as _conclave_v1_QueueOverview, QueueOverview__Output as _conclave_v1_QueueOverview__Output } from './conclave/v1/QueueOverview.ts';
import type { QueuePatch as _conclave_v1_QueuePatch, QueuePatch__Output as _conclave_v1_QueuePatch__Output } from './conclave/v1/QueuePatch.ts';
import type { QueueSettings as _conclave_v1_QueueSettings, QueueSettings__Output as _conclave_v1_QueueSettings__Output } from './conclave/v1/QueueSettings.ts';
import type { QueueStats as _conclave_v1_QueueStats, QueueStats__Output as _conclave_v1_QueueStats__Output } from './conclave/v1/QueueStats.ts';
import type { RateLimit as _conclave_v1_RateLimit, RateLimit__Output as _conclave_v1_RateLimit__Output } from './conclave/v1/RateLimit.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from './conclave/v1/RetryPolicy.ts';
import type { RpcAny as _conclave_v1_RpcAny, RpcAny__Output as _conclave_v1_RpcAny__Output } from './conclave/v1/RpcAny.ts';
import type { RpcStatus as _conclave_v1_RpcStatus, RpcStatus__Output as _conclave_v1_RpcStatus__Output } from './conclave/v1/RpcStatus.ts';
import type { SetBreakerReply as _conclave_v1_SetBreakerReply, SetBreakerReply__Output as _conclave_v1_SetBreakerReply__Output } from './conclave/v1/SetBreakerReply.ts';
import type { SetBreakerRequest as _conclave_v1_SetBreakerRequest, SetBreakerRequest__Output as _conclave_v1_SetBreakerRequest__Output } from './conclave/v1/SetBreakerRequest.ts';
import type { SetQueueReply as _conclave_v1_SetQueueReply, SetQueueReply__Output as _conclave_v1_SetQueueReply__Output } from './conclave/v1/SetQueueReply.ts';
import type { SetQueueRequest as _conclave_v1_SetQueueRequest, SetQueueRequest__Output as _conclave_v1_SetQueueRequest__Output } from './conclave/v1/SetQueueRequest.ts';
import type { StatsReply as _conclave_v1_StatsReply, StatsReply__Output as _conclave_v1_StatsReply__Output } from './conclave/v1/StatsReply.ts';
import type { StatsRequest as _conclave_v1_StatsRequest, StatsRequest__Output as _conclave_v1_StatsRequest__Output } from './conclave/v1/StatsRequest.ts';
import type { SwitchPatch as _conclave_v1_SwitchPatch, SwitchPatch__Output as _conclave_v1_SwitchPatch__Output } from './conclave/v1/SwitchPatch.ts';
import type { Timeouts as _conclave_v1_Timeouts, Timeouts__Output as _conclave_v1_Timeouts__Output } from './conclave/v1/Timeouts.ts';
import type { WaitFor as _conclave_v1_WaitFor, WaitFor__Output as _conclave_v1_WaitFor__Output } from './conclave/v1/WaitFor.ts';
import type { WaitReply as _conclave_v1_WaitReply, WaitReply__Output as _conclave_v1_WaitReply__Output } from './conclave/v1/WaitReply.ts';
import type { WaitRequest as _conclave_v1_WaitRequest, WaitRequest__Output as _conclave_v1_WaitRequest__Output } from './conclave/v1/WaitRequest.ts';
import type { WaitStreamReply as _conclave_v1_WaitStreamReply, WaitStreamReply__Output as _conclave_v1_WaitStreamReply__Output } from './conclave/v1/WaitStreamReply.ts';
import type { WaitStreamRequest as _conclave_v1_WaitStreamRequest, WaitStreamRequest__Output as _conclave_v1_WaitStreamRequest__Output } from './conclave/v1/WaitStreamRequest.ts';
import type { WatchReply as _conclave_v1_WatchReply, WatchReply__Output as _conclave_v1_WatchReply__Output } from './conclave/v1/WatchReply.ts';
import type { WatchRequest as _conclave_v1_WatchRequest, WatchRequest__Output as _conclave_v1_WatchRequest__Output } from './conclave/v1/WatchRequest.ts';
import type { Weights as _conclave_v1_Weights, Weights__Output as _conclave_v1_Weights__Output } from './conclave/v1/Weights.ts';
import type { WhyReason as _conclave_v1_WhyReason, WhyReason__Output as _conclave_v1_WhyReason__Output } from './conclave/v1/WhyReason.ts';
import type { WhyReply as _conclave_v1_WhyReply, WhyReply__Output as _conclave_v1_WhyReply__Output } from './conclave/v1/WhyReply.ts';
import type { WhyRequest as _conclave_v1_WhyRequest, WhyRequest__Output as _conclave_v1_WhyRequest__Output } from './conclave/v1/WhyRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  conclave: {
    v1: {
      Attempt: MessageTypeDefinition<_conclave_v1_Attempt, _conclave_v1_Attempt__Output>
      AttemptEnd: EnumTypeDefinition
      Backoff: EnumTypeDefinition
      Breaker: MessageTypeDefinition<_conclave_v1_Breaker, _conclave_v1_Breaker__Output>
      BreakerPolicy: MessageTypeDefinition<_conclave_v1_BreakerPolicy, _conclave_v1_BreakerPolicy__Output>
      BreakerState: EnumTypeDefinition
      ByHand: MessageTypeDefinition<_conclave_v1_ByHand, _conclave_v1_ByHand__Output>
      CancelReply: MessageTypeDefinition<_conclave_v1_CancelReply, _conclave_v1_CancelReply__Output>
      CancelRequest: MessageTypeDefinition<_conclave_v1_CancelRequest, _conclave_v1_CancelRequest__Output>
      CancelResult: MessageTypeDefinition<_conclave_v1_CancelResult, _conclave_v1_CancelResult__Output>
      Checkpoint: MessageTypeDefinition<_conclave_v1_Checkpoint, _conclave_v1_Checkpoint__Output>
      Claim: MessageTypeDefinition<_conclave_v1_Claim, _conclave_v1_Claim__Output>
      Consistency: EnumTypeDefinition
      Dedup: MessageTypeDefinition<_conclave_v1_Dedup, _conclave_v1_Dedup__Output>
      DedupMode: EnumTypeDefinition
      Dependency: MessageTypeDefinition<_conclave_v1_Dependency, _conclave_v1_Dependency__Output>
      EndedJob: MessageTypeDefinition<_conclave_v1_EndedJob, _conclave_v1_EndedJob__Output>
      EnqueueReply: MessageTypeDefinition<_conclave_v1_EnqueueReply, _conclave_v1_EnqueueReply__Output>
      EnqueueRequest: MessageTypeDefinition<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueRequest__Output>
      EnqueueResult: MessageTypeDefinition<_conclave_v1_EnqueueResult, _conclave_v1_EnqueueResult__Output>
      ErrorDetail: MessageTypeDefinition<_conclave_v1_ErrorDetail, _conclave_v1_ErrorDetail__Output>
      GetQueueReply: MessageTypeDefinition<_conclave_v1_GetQueueReply, _conclave_v1_GetQueueReply__Output>
      GetQueueRequest: MessageTypeDefinition<_conclave_v1_GetQueueRequest, _conclave_v1_GetQueueRequest__Output>
      GetReply: MessageTypeDefinition<_conclave_v1_GetReply, _conclave_v1_GetReply__Output>
      GetRequest: MessageTypeDefinition<_conclave_v1_GetRequest, _conclave_v1_GetRequest__Output>
      Jitter: EnumTypeDefinition
      Job: MessageTypeDefinition<_conclave_v1_Job, _conclave_v1_Job__Output>
      JobEvent: MessageTypeDefinition<_conclave_v1_JobEvent, _conclave_v1_JobEvent__Output>
      JobEventType: EnumTypeDefinition
      JobFilter: MessageTypeDefinition<_conclave_v1_JobFilter, _conclave_v1_JobFilter__Output>
      JobSpec: MessageTypeDefinition<_conclave_v1_JobSpec, _conclave_v1_JobSpec__Output>
      JobState: EnumTypeDefinition
      Jobs: SubtypeConstructor<typeof grpc.Client, _conclave_v1_JobsClient> & { service: _conclave_v1_JobsDefinition }
      ListBreakersReply: MessageTypeDefinition<_conclave_v1_ListBreakersReply, _conclave_v1_ListBreakersReply__Output>
      ListBreakersRequest: MessageTypeDefinition<_conclave_v1_ListBreakersRequest, _conclave_v1_ListBreakersRequest__Output>
      ListQueuesReply: MessageTypeDefinition<_conclave_v1_ListQueuesReply, _conclave_v1_ListQueuesReply__Output>
      ListQueuesRequest: MessageTypeDefinition<_conclave_v1_ListQueuesRequest, _conclave_v1_ListQueuesRequest__Output>
      ListReply: MessageTypeDefinition<_conclave_v1_ListReply, _conclave_v1_ListReply__Output>
      ListRequest: MessageTypeDefinition<_conclave_v1_ListRequest, _conclave_v1_ListRequest__Output>
      Manage: SubtypeConstructor<typeof grpc.Client, _conclave_v1_ManageClient> & { service: _conclave_v1_ManageDefinition }
      ManageAction: EnumTypeDefinition
      ManageJobsReply: MessageTypeDefinition<_conclave_v1_ManageJobsReply, _conclave_v1_ManageJobsReply__Output>
      ManageJobsRequest: MessageTypeDefinition<_conclave_v1_ManageJobsRequest, _conclave_v1_ManageJobsRequest__Output>
      ManagedJob: MessageTypeDefinition<_conclave_v1_ManagedJob, _conclave_v1_ManagedJob__Output>
      OnFailure: EnumTypeDefinition
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_conclave_v1_Progress, _conclave_v1_Progress__Output>
      QueueOverview: MessageTypeDefinition<_conclave_v1_QueueOverview, _conclave_v1_QueueOverview__Output>
      QueuePatch: MessageTypeDefinition<_conclave_v1_QueuePatch, _conclave_v1_QueuePatch__Output>
      QueueSettings: MessageTypeDefinition<_conclave_v1_QueueSettings, _conclave_v1_QueueSettings__Output>
      QueueStats: MessageTypeDefinition<_conclave_v1_QueueStats, _conclave_v1_QueueStats__Output>
      RateLimit: MessageTypeDefinition<_conclave_v1_RateLimit, _conclave_v1_RateLimit__Output>
      RetryPolicy: MessageTypeDefinition<_conclave_v1_RetryPolicy, _conclave_v1_RetryPolicy__Output>
      RpcAny: MessageTypeDefinition<_conclave_v1_RpcAny, _conclave_v1_RpcAny__Output>
      RpcStatus: MessageTypeDefinition<_conclave_v1_RpcStatus, _conclave_v1_RpcStatus__Output>
      SetBreakerReply: MessageTypeDefinition<_conclave_v1_SetBreakerReply, _conclave_v1_SetBreakerReply__Output>
      SetBreakerRequest: MessageTypeDefinition<_conclave_v1_SetBreakerRequest, _conclave_v1_SetBreakerRequest__Output>
      SetQueueReply: MessageTypeDefinition<_conclave_v1_SetQueueReply, _conclave_v1_SetQueueReply__Output>
      SetQueueRequest: MessageTypeDefinition<_conclave_v1_SetQueueRequest, _conclave_v1_SetQueueRequest__Output>
      StatsReply: MessageTypeDefinition<_conclave_v1_StatsReply, _conclave_v1_StatsReply__Output>
      StatsRequest: MessageTypeDefinition<_conclave_v1_StatsRequest, _conclave_v1_StatsRequest__Output>
      SwitchPatch: MessageTypeDefinition<_conclave_v1_SwitchPatch, _conclave_v1_SwitchPatch__Output>
      Timeouts: MessageTypeDefinition<_conclave_v1_Timeouts, _conclave_v1_Timeouts__Output>
      WaitFor: MessageTypeDefinition<_conclave_v1_WaitFor, _conclave_v1_WaitFor__Output>
      WaitReply: MessageTypeDefinition<_conclave_v1_WaitReply, _conclave_v1_WaitReply__Output>
      WaitRequest: MessageTypeDefinition<_conclave_v1_WaitRequest, _conclave_v1_WaitRequest__Output>
      WaitStreamReply: MessageTypeDefinition<_conclave_v1_WaitStreamReply, _conclave_v1_WaitStreamReply__Output>
      WaitStreamRequest: MessageTypeDefinition<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamRequest__Output>
      WatchReply: MessageTypeDefinition<_conclave_v1_WatchReply, _conclave_v1_WatchReply__Output>
      WatchRequest: MessageTypeDefinition<_conclave_v1_WatchRequest, _conclave_v1_WatchRequest__Output>
      Weights: MessageTypeDefinition<_conclave_v1_Weights, _conclave_v1_Weights__Output>
      WhyReason: MessageTypeDefinition<_conclave_v1_WhyReason, _conclave_v1_WhyReason__Output>
      WhyReply: MessageTypeDefinition<_conclave_v1_WhyReply, _conclave_v1_WhyReply__Output>
      WhyRequest: MessageTypeDefinition<_conclave_v1_WhyRequest, _conclave_v1_WhyRequest__Output>
    }
  }
}

