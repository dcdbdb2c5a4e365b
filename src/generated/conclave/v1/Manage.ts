// Original file: proto/conclave/v1/manage.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetQueueReply as _conclave_v1_GetQueueReply, GetQueueReply__Output as _conclave_v1_GetQueueReply__Output } from '../../conclave/v1/GetQueueReply.ts';
import type { GetQueueRequest as _conclave_v1_GetQueueRequest, GetQueueRequest__Output as _conclave_v1_GetQueueRequest__Output } from '../../conclave/v1/GetQueueRequest.ts';
import type { ListBreakersReply as _conclave_v1_ListBreakersReply, ListBreakersReply__Output as _conclave_v1_ListBreakersReply__Output } from '../../conclave/v1/ListBreakersReply.ts';
import type { ListBreakersRequest as _conclave_v1_ListBreakersRequest, ListBreakersRequest__Output as _conclave_v1_ListBreakersRequest__Output } from '../../conclave/v1/ListBreakersRequest.ts';
import type { ListQueuesReply as _conclave_v1_ListQueuesReply, ListQueuesReply__Output as _conclave_v1_ListQueuesReply__Output } from '../../conclave/v1/ListQueuesReply.ts';
import type { ListQueuesRequest as _conclave_v1_ListQueuesRequest, ListQueuesRequest__Output as _conclave_v1_ListQueuesRequest__Output } from '../../conclave/v1/ListQueuesRequest.ts';
import type { ManageJobsReply as _conclave_v1_ManageJobsReply, ManageJobsReply__Output as _conclave_v1_ManageJobsReply__Output } from '../../conclave/v1/ManageJobsReply.ts';
import type { ManageJobsRequest as _conclave_v1_ManageJobsRequest, ManageJobsRequest__Output as _conclave_v1_ManageJobsRequest__Output } from '../../conclave/v1/ManageJobsRequest.ts';
import type { SetBreakerReply as _conclave_v1_SetBreakerReply, SetBreakerReply__Output as _conclave_v1_SetBreakerReply__Output } from '../../conclave/v1/SetBreakerReply.ts';
import type { SetBreakerRequest as _conclave_v1_SetBreakerRequest, SetBreakerRequest__Output as _conclave_v1_SetBreakerRequest__Output } from '../../conclave/v1/SetBreakerRequest.ts';
import type { SetQueueReply as _conclave_v1_SetQueueReply, SetQueueReply__Output as _conclave_v1_SetQueueReply__Output } from '../../conclave/v1/SetQueueReply.ts';
import type { SetQueueRequest as _conclave_v1_SetQueueRequest, SetQueueRequest__Output as _conclave_v1_SetQueueRequest__Output } from '../../conclave/v1/SetQueueRequest.ts';
import type { WatchReply as _conclave_v1_WatchReply, WatchReply__Output as _conclave_v1_WatchReply__Output } from '../../conclave/v1/WatchReply.ts';
import type { WatchRequest as _conclave_v1_WatchRequest, WatchRequest__Output as _conclave_v1_WatchRequest__Output } from '../../conclave/v1/WatchRequest.ts';
import type { WhyReply as _conclave_v1_WhyReply, WhyReply__Output as _conclave_v1_WhyReply__Output } from '../../conclave/v1/WhyReply.ts';
import type { WhyRequest as _conclave_v1_WhyRequest, WhyRequest__Output as _conclave_v1_WhyRequest__Output } from '../../conclave/v1/WhyRequest.ts';

export interface ManageClient extends grpc.Client {
  GetQueue(argument: _conclave_v1_GetQueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  GetQueue(argument: _conclave_v1_GetQueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  GetQueue(argument: _conclave_v1_GetQueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  GetQueue(argument: _conclave_v1_GetQueueRequest, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  getQueue(argument: _conclave_v1_GetQueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  getQueue(argument: _conclave_v1_GetQueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  getQueue(argument: _conclave_v1_GetQueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  getQueue(argument: _conclave_v1_GetQueueRequest, callback: grpc.requestCallback<_conclave_v1_GetQueueReply__Output>): grpc.ClientUnaryCall;
  
  ListBreakers(argument: _conclave_v1_ListBreakersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  ListBreakers(argument: _conclave_v1_ListBreakersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  ListBreakers(argument: _conclave_v1_ListBreakersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  ListBreakers(argument: _conclave_v1_ListBreakersRequest, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  listBreakers(argument: _conclave_v1_ListBreakersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  listBreakers(argument: _conclave_v1_ListBreakersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  listBreakers(argument: _conclave_v1_ListBreakersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  listBreakers(argument: _conclave_v1_ListBreakersRequest, callback: grpc.requestCallback<_conclave_v1_ListBreakersReply__Output>): grpc.ClientUnaryCall;
  
  ListQueues(argument: _conclave_v1_ListQueuesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  ListQueues(argument: _conclave_v1_ListQueuesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  ListQueues(argument: _conclave_v1_ListQueuesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  ListQueues(argument: _conclave_v1_ListQueuesRequest, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  listQueues(argument: _conclave_v1_ListQueuesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  listQueues(argument: _conclave_v1_ListQueuesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  listQueues(argument: _conclave_v1_ListQueuesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  listQueues(argument: _conclave_v1_ListQueuesRequest, callback: grpc.requestCallback<_conclave_v1_ListQueuesReply__Output>): grpc.ClientUnaryCall;
  
  ManageJobs(argument: _conclave_v1_ManageJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  ManageJobs(argument: _conclave_v1_ManageJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  ManageJobs(argument: _conclave_v1_ManageJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  ManageJobs(argument: _conclave_v1_ManageJobsRequest, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  manageJobs(argument: _conclave_v1_ManageJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  manageJobs(argument: _conclave_v1_ManageJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  manageJobs(argument: _conclave_v1_ManageJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  manageJobs(argument: _conclave_v1_ManageJobsRequest, callback: grpc.requestCallback<_conclave_v1_ManageJobsReply__Output>): grpc.ClientUnaryCall;
  
  SetBreaker(argument: _conclave_v1_SetBreakerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  SetBreaker(argument: _conclave_v1_SetBreakerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  SetBreaker(argument: _conclave_v1_SetBreakerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  SetBreaker(argument: _conclave_v1_SetBreakerRequest, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  setBreaker(argument: _conclave_v1_SetBreakerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  setBreaker(argument: _conclave_v1_SetBreakerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  setBreaker(argument: _conclave_v1_SetBreakerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  setBreaker(argument: _conclave_v1_SetBreakerRequest, callback: grpc.requestCallback<_conclave_v1_SetBreakerReply__Output>): grpc.ClientUnaryCall;
  
  SetQueue(argument: _conclave_v1_SetQueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  SetQueue(argument: _conclave_v1_SetQueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  SetQueue(argument: _conclave_v1_SetQueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  SetQueue(argument: _conclave_v1_SetQueueRequest, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  setQueue(argument: _conclave_v1_SetQueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  setQueue(argument: _conclave_v1_SetQueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  setQueue(argument: _conclave_v1_SetQueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  setQueue(argument: _conclave_v1_SetQueueRequest, callback: grpc.requestCallback<_conclave_v1_SetQueueReply__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _conclave_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_WatchReply__Output>;
  Watch(argument: _conclave_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_WatchReply__Output>;
  watch(argument: _conclave_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_WatchReply__Output>;
  watch(argument: _conclave_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_WatchReply__Output>;
  
  Why(argument: _conclave_v1_WhyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  Why(argument: _conclave_v1_WhyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  Why(argument: _conclave_v1_WhyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  Why(argument: _conclave_v1_WhyRequest, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  why(argument: _conclave_v1_WhyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  why(argument: _conclave_v1_WhyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  why(argument: _conclave_v1_WhyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  why(argument: _conclave_v1_WhyRequest, callback: grpc.requestCallback<_conclave_v1_WhyReply__Output>): grpc.ClientUnaryCall;
  
}

export interface ManageHandlers extends grpc.UntypedServiceImplementation {
  GetQueue: grpc.handleUnaryCall<_conclave_v1_GetQueueRequest__Output, _conclave_v1_GetQueueReply>;
  
  ListBreakers: grpc.handleUnaryCall<_conclave_v1_ListBreakersRequest__Output, _conclave_v1_ListBreakersReply>;
  
  ListQueues: grpc.handleUnaryCall<_conclave_v1_ListQueuesRequest__Output, _conclave_v1_ListQueuesReply>;
  
  ManageJobs: grpc.handleUnaryCall<_conclave_v1_ManageJobsRequest__Output, _conclave_v1_ManageJobsReply>;
  
  SetBreaker: grpc.handleUnaryCall<_conclave_v1_SetBreakerRequest__Output, _conclave_v1_SetBreakerReply>;
  
  SetQueue: grpc.handleUnaryCall<_conclave_v1_SetQueueRequest__Output, _conclave_v1_SetQueueReply>;
  
  Watch: grpc.handleServerStreamingCall<_conclave_v1_WatchRequest__Output, _conclave_v1_WatchReply>;
  
  Why: grpc.handleUnaryCall<_conclave_v1_WhyRequest__Output, _conclave_v1_WhyReply>;
  
}

export interface ManageDefinition extends grpc.ServiceDefinition {
  GetQueue: MethodDefinition<_conclave_v1_GetQueueRequest, _conclave_v1_GetQueueReply, _conclave_v1_GetQueueRequest__Output, _conclave_v1_GetQueueReply__Output>
  ListBreakers: MethodDefinition<_conclave_v1_ListBreakersRequest, _conclave_v1_ListBreakersReply, _conclave_v1_ListBreakersRequest__Output, _conclave_v1_ListBreakersReply__Output>
  ListQueues: MethodDefinition<_conclave_v1_ListQueuesRequest, _conclave_v1_ListQueuesReply, _conclave_v1_ListQueuesRequest__Output, _conclave_v1_ListQueuesReply__Output>
  ManageJobs: MethodDefinition<_conclave_v1_ManageJobsRequest, _conclave_v1_ManageJobsReply, _conclave_v1_ManageJobsRequest__Output, _conclave_v1_ManageJobsReply__Output>
  SetBreaker: MethodDefinition<_conclave_v1_SetBreakerRequest, _conclave_v1_SetBreakerReply, _conclave_v1_SetBreakerRequest__Output, _conclave_v1_SetBreakerReply__Output>
  SetQueue: MethodDefinition<_conclave_v1_SetQueueRequest, _conclave_v1_SetQueueReply, _conclave_v1_SetQueueRequest__Output, _conclave_v1_SetQueueReply__Output>
  Watch: MethodDefinition<_conclave_v1_WatchRequest, _conclave_v1_WatchReply, _conclave_v1_WatchRequest__Output, _conclave_v1_WatchReply__Output>
  Why: MethodDefinition<_conclave_v1_WhyRequest, _conclave_v1_WhyReply, _conclave_v1_WhyRequest__Output, _conclave_v1_WhyReply__Output>
}
