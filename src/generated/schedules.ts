import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Attempt as _conclave_v1_Attempt, Attempt__Output as _conclave_v1_Attempt__Output } from './conclave/v1/Attempt.ts';
import type { CancelReply as _conclave_v1_CancelReply, CancelReply__Output as _conclave_v1_CancelReply__Output } from './conclave/v1/CancelReply.ts';
import type { CancelRequest as _conclave_v1_CancelRequest, CancelRequest__Output as _conclave_v1_CancelRequest__Output } from './conclave/v1/CancelRequest.ts';
import type { CancelResult as _conclave_v1_CancelResult, CancelResult__Output as _conclave_v1_CancelResult__Output } from './conclave/v1/CancelResult.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from './conclave/v1/Checkpoint.ts';
import type { Claim as _conclave_v1_Claim, Claim__Output as _conclave_v1_Claim__Output } from './conclave/v1/Claim.ts';
import type { Dedup as _conclave_v1_Dedup, Dedup__Output as _conclave_v1_Dedup__Output } from './conclave/v1/Dedup.ts';
import type { DeleteScheduleReply as _conclave_v1_DeleteScheduleReply, DeleteScheduleReply__Output as _conclave_v1_DeleteScheduleReply__Output } from './conclave/v1/DeleteScheduleReply.ts';
import type { DeleteScheduleRequest as _conclave_v1_DeleteScheduleRequest, DeleteScheduleRequest__Output as _conclave_v1_DeleteScheduleRequest__Output } from './conclave/v1/DeleteScheduleRequest.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from './conclave/v1/Dependency.ts';
import type { EndedJob as _conclave_v1_EndedJob, EndedJob__Output as _conclave_v1_EndedJob__Output } from './conclave/v1/EndedJob.ts';
import type { EnqueueReply as _conclave_v1_EnqueueReply, EnqueueReply__Output as _conclave_v1_EnqueueReply__Output } from './conclave/v1/EnqueueReply.ts';
import type { EnqueueRequest as _conclave_v1_EnqueueRequest, EnqueueRequest__Output as _conclave_v1_EnqueueRequest__Output } from './conclave/v1/EnqueueRequest.ts';
import type { EnqueueResult as _conclave_v1_EnqueueResult, EnqueueResult__Output as _conclave_v1_EnqueueResult__Output } from './conclave/v1/EnqueueResult.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from './conclave/v1/ErrorDetail.ts';
import type { GetReply as _conclave_v1_GetReply, GetReply__Output as _conclave_v1_GetReply__Output } from './conclave/v1/GetReply.ts';
import type { GetRequest as _conclave_v1_GetRequest, GetRequest__Output as _conclave_v1_GetRequest__Output } from './conclave/v1/GetRequest.ts';
import type { GetScheduleReply as _conclave_v1_GetScheduleReply, GetScheduleReply__Output as _conclave_v1_GetScheduleReply__Output } from './conclave/v1/GetScheduleReply.ts';
import type { GetScheduleRequest as _conclave_v1_GetScheduleRequest, GetScheduleRequest__Output as _conclave_v1_GetScheduleRequest__Output } from './conclave/v1/GetScheduleRequest.ts';
import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from './conclave/v1/Job.ts';
import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from './conclave/v1/JobSpec.ts';
import type { JobsClient as _conclave_v1_JobsClient, JobsDefinition as _conclave_v1_JobsDefinition } from './conclave/v1/Jobs.ts';
import type { ListReply as _conclave_v1_ListReply, ListReply__Output as _conclave_v1_ListReply__Output } from './conclave/v1/ListReply.ts';
import type { ListRequest as _conclave_v1_ListRequest, ListRequest__Output as _conclave_v1_ListRequest__Output } from './conclave/v1/ListRequest.ts';
import type { ListSchedulesReply as _conclave_v1_ListSchedulesReply, ListSchedulesReply__Output as _conclave_v1_ListSchedulesReply__Output } from './conclave/v1/ListSchedulesReply.ts';
import type { ListSchedulesRequest as _conclave_v1_ListSchedulesRequest, ListSchedulesRequest__Output as _conclave_v1_ListSchedulesRequest__Output } from './conclave/v1/ListSchedulesRequest.ts';
import type { PauseScheduleReply as _conclave_v1_PauseScheduleReply, PauseScheduleReply__Output as _conclave_v1_PauseScheduleReply__Output } from './conclave/v1/PauseScheduleReply.ts';
import type { PauseScheduleRequest as _conclave_v1_PauseScheduleRequest, PauseScheduleRequest__Output as _conclave_v1_PauseScheduleRequest__Output } from './conclave/v1/PauseScheduleRequest.ts';
import type { Progress as _conclave_v1_Progress, Progress__Output as _conclave_v1_Progress__Output } from './conclave/v1/Progress.ts';
import type { PutScheduleReply as _conclave_v1_PutScheduleReply, PutScheduleReply__Output as _conclave_v1_PutScheduleReply__Output } from './conclave/v1/PutScheduleReply.ts';
import type { PutScheduleRequest as _conclave_v1_PutScheduleRequest, PutScheduleRequest__Output as _conclave_v1_PutScheduleRequest__Output } from './conclave/v1/PutScheduleRequest.ts';
import type { QueueStats as _conclave_v1_QueueStats, QueueStats__Output as _conclave_v1_QueueStats__Output } from './conclave/v1/QueueStats.ts';
import type { ResumeScheduleReply as _conclave_v1_ResumeScheduleReply, ResumeScheduleReply__Output as _conclave_v1_ResumeScheduleReply__Output } from './conclave/v1/ResumeScheduleReply.ts';
import type { ResumeScheduleRequest as _conclave_v1_ResumeScheduleRequest, ResumeScheduleRequest__Output as _conclave_v1_ResumeScheduleRequest__Output } from './conclave/v1/ResumeScheduleRequest.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from './conclave/v1/RetryPolicy.ts';
import type { RpcAny as _conclave_v1_RpcAny, RpcAny__Output as _conclave_v1_RpcAny__Output } from './conclave/v1/RpcAny.ts';
import type { RpcStatus as _conclave_v1_RpcStatus, RpcStatus__Output as _conclave_v1_RpcStatus__Output } from './conclave/v1/RpcStatus.ts';
import type { RunScheduleReply as _conclave_v1_RunScheduleReply, RunScheduleReply__Output as _conclave_v1_RunScheduleReply__Output } from './conclave/v1/RunScheduleReply.ts';
import type { RunScheduleRequest as _conclave_v1_RunScheduleRequest, RunScheduleRequest__Output as _conclave_v1_RunScheduleRequest__Output } from './conclave/v1/RunScheduleRequest.ts';
import type { Schedule as _conclave_v1_Schedule, Schedule__Output as _conclave_v1_Schedule__Output } from './conclave/v1/Schedule.ts';
import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from './conclave/v1/ScheduleSpec.ts';
import type { SchedulesClient as _conclave_v1_SchedulesClient, SchedulesDefinition as _conclave_v1_SchedulesDefinition } from './conclave/v1/Schedules.ts';
import type { StatsReply as _conclave_v1_StatsReply, StatsReply__Output as _conclave_v1_StatsReply__Output } from './conclave/v1/StatsReply.ts';
import type { StatsRequest as _conclave_v1_StatsRequest, StatsRequest__Output as _conclave_v1_StatsRequest__Output } from './conclave/v1/StatsRequest.ts';
import type { Timeouts as _conclave_v1_Timeouts, Timeouts__Output as _conclave_v1_Timeouts__Output } from './conclave/v1/Timeouts.ts';
import type { WaitFor as _conclave_v1_WaitFor, WaitFor__Output as _conclave_v1_WaitFor__Output } from './conclave/v1/WaitFor.ts';
import type { WaitReply as _conclave_v1_WaitReply, WaitReply__Output as _conclave_v1_WaitReply__Output } from './conclave/v1/WaitReply.ts';
import type { WaitRequest as _conclave_v1_WaitRequest, WaitRequest__Output as _conclave_v1_WaitRequest__Output } from './conclave/v1/WaitRequest.ts';
import type { WaitStreamReply as _conclave_v1_WaitStreamReply, WaitStreamReply__Output as _conclave_v1_WaitStreamReply__Output } from './conclave/v1/WaitStreamReply.ts';
import type { WaitStreamRequest as _conclave_v1_WaitStreamRequest, WaitStreamRequest__Output as _conclave_v1_WaitStreamRequest__Output } from './conclave/v1/WaitStreamRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  conclave: {
    v1: {
      Attempt: MessageTypeDefinition<_conclave_v1_Attempt, _conclave_v1_Attempt__Output>
      AttemptEnd: EnumTypeDefinition
      Backoff: EnumTypeDefinition
      CancelReply: MessageTypeDefinition<_conclave_v1_CancelReply, _conclave_v1_CancelReply__Output>
      CancelRequest: MessageTypeDefinition<_conclave_v1_CancelRequest, _conclave_v1_CancelRequest__Output>
      CancelResult: MessageTypeDefinition<_conclave_v1_CancelResult, _conclave_v1_CancelResult__Output>
      Checkpoint: MessageTypeDefinition<_conclave_v1_Checkpoint, _conclave_v1_Checkpoint__Output>
      Claim: MessageTypeDefinition<_conclave_v1_Claim, _conclave_v1_Claim__Output>
      Consistency: EnumTypeDefinition
      Dedup: MessageTypeDefinition<_conclave_v1_Dedup, _conclave_v1_Dedup__Output>
      DedupMode: EnumTypeDefinition
      DeleteScheduleReply: MessageTypeDefinition<_conclave_v1_DeleteScheduleReply, _conclave_v1_DeleteScheduleReply__Output>
      DeleteScheduleRequest: MessageTypeDefinition<_conclave_v1_DeleteScheduleRequest, _conclave_v1_DeleteScheduleRequest__Output>
      Dependency: MessageTypeDefinition<_conclave_v1_Dependency, _conclave_v1_Dependency__Output>
      EndedJob: MessageTypeDefinition<_conclave_v1_EndedJob, _conclave_v1_EndedJob__Output>
      EnqueueReply: MessageTypeDefinition<_conclave_v1_EnqueueReply, _conclave_v1_EnqueueReply__Output>
      EnqueueRequest: MessageTypeDefinition<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueRequest__Output>
      EnqueueResult: MessageTypeDefinition<_conclave_v1_EnqueueResult, _conclave_v1_EnqueueResult__Output>
      ErrorDetail: MessageTypeDefinition<_conclave_v1_ErrorDetail, _conclave_v1_ErrorDetail__Output>
      GetReply: MessageTypeDefinition<_conclave_v1_GetReply, _conclave_v1_GetReply__Output>
      GetRequest: MessageTypeDefinition<_conclave_v1_GetRequest, _conclave_v1_GetRequest__Output>
      GetScheduleReply: MessageTypeDefinition<_conclave_v1_GetScheduleReply, _conclave_v1_GetScheduleReply__Output>
      GetScheduleRequest: MessageTypeDefinition<_conclave_v1_GetScheduleRequest, _conclave_v1_GetScheduleRequest__Output>
      Jitter: EnumTypeDefinition
      Job: MessageTypeDefinition<_conclave_v1_Job, _conclave_v1_Job__Output>
      JobSpec: MessageTypeDefinition<_conclave_v1_JobSpec, _conclave_v1_JobSpec__Output>
      JobState: EnumTypeDefinition
      Jobs: SubtypeConstructor<typeof grpc.Client, _conclave_v1_JobsClient> & { service: _conclave_v1_JobsDefinition }
      ListReply: MessageTypeDefinition<_conclave_v1_ListReply, _conclave_v1_ListReply__Output>
      ListRequest: MessageTypeDefinition<_conclave_v1_ListRequest, _conclave_v1_ListRequest__Output>
      ListSchedulesReply: MessageTypeDefinition<_conclave_v1_ListSchedulesReply, _conclave_v1_ListSchedulesReply__Output>
      ListSchedulesRequest: MessageTypeDefinition<_conclave_v1_ListSchedulesRequest, _conclave_v1_ListSchedulesRequest__Output>
      OnFailure: EnumTypeDefinition
      PauseScheduleReply: MessageTypeDefinition<_conclave_v1_PauseScheduleReply, _conclave_v1_PauseScheduleReply__Output>
      PauseScheduleRequest: MessageTypeDefinition<_conclave_v1_PauseScheduleRequest, _conclave_v1_PauseScheduleRequest__Output>
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_conclave_v1_Progress, _conclave_v1_Progress__Output>
      PutScheduleReply: MessageTypeDefinition<_conclave_v1_PutScheduleReply, _conclave_v1_PutScheduleReply__Output>
      PutScheduleRequest: MessageTypeDefinition<_conclave_v1_PutScheduleRequest, _conclave_v1_PutScheduleRequest__Output>
      QueueStats: MessageTypeDefinition<_conclave_v1_QueueStats, _conclave_v1_QueueStats__Output>
      ResumeScheduleReply: MessageTypeDefinition<_conclave_v1_ResumeScheduleReply, _conclave_v1_ResumeScheduleReply__Output>
      ResumeScheduleRequest: MessageTypeDefinition<_conclave_v1_ResumeScheduleRequest, _conclave_v1_ResumeScheduleRequest__Output>
      RetryPolicy: MessageTypeDefinition<_conclave_v1_RetryPolicy, _conclave_v1_RetryPolicy__Output>
      RpcAny: MessageTypeDefinition<_conclave_v1_RpcAny, _conclave_v1_RpcAny__Output>
      RpcStatus: MessageTypeDefinition<_conclave_v1_RpcStatus, _conclave_v1_RpcStatus__Output>
      RunScheduleReply: MessageTypeDefinition<_conclave_v1_RunScheduleReply, _conclave_v1_RunScheduleReply__Output>
      RunScheduleRequest: MessageTypeDefinition<_conclave_v1_RunScheduleRequest, _conclave_v1_RunScheduleRequest__Output>
      Schedule: MessageTypeDefinition<_conclave_v1_Schedule, _conclave_v1_Schedule__Output>
      ScheduleSpec: MessageTypeDefinition<_conclave_v1_ScheduleSpec, _conclave_v1_ScheduleSpec__Output>
      Schedules: SubtypeConstructor<typeof grpc.Client, _conclave_v1_SchedulesClient> & { service: _conclave_v1_SchedulesDefinition }
      StatsReply: MessageTypeDefinition<_conclave_v1_StatsReply, _conclave_v1_StatsReply__Output>
      StatsRequest: MessageTypeDefinition<_conclave_v1_StatsRequest, _conclave_v1_StatsRequest__Output>
      Timeouts: MessageTypeDefinition<_conclave_v1_Timeouts, _conclave_v1_Timeouts__Output>
      WaitFor: MessageTypeDefinition<_conclave_v1_WaitFor, _conclave_v1_WaitFor__Output>
      WaitReply: MessageTypeDefinition<_conclave_v1_WaitReply, _conclave_v1_WaitReply__Output>
      WaitRequest: MessageTypeDefinition<_conclave_v1_WaitRequest, _conclave_v1_WaitRequest__Output>
      WaitStreamReply: MessageTypeDefinition<_conclave_v1_WaitStreamReply, _conclave_v1_WaitStreamReply__Output>
      WaitStreamRequest: MessageTypeDefinition<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamRequest__Output>
    }
  }
}

