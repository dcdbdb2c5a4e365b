// Original file: proto/conclave/v1/jobs.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelReply as _conclave_v1_CancelReply, CancelReply__Output as _conclave_v1_CancelReply__Output } from '../../conclave/v1/CancelReply.ts';
import type { CancelRequest as _conclave_v1_CancelRequest, CancelRequest__Output as _conclave_v1_CancelRequest__Output } from '../../conclave/v1/CancelRequest.ts';
import type { EnqueueReply as _conclave_v1_EnqueueReply, EnqueueReply__Output as _conclave_v1_EnqueueReply__Output } from '../../conclave/v1/EnqueueReply.ts';
import type { EnqueueRequest as _conclave_v1_EnqueueRequest, EnqueueRequest__Output as _conclave_v1_EnqueueRequest__Output } from '../../conclave/v1/EnqueueRequest.ts';
import type { GetReply as _conclave_v1_GetReply, GetReply__Output as _conclave_v1_GetReply__Output } from '../../conclave/v1/GetReply.ts';
import type { GetRequest as _conclave_v1_GetRequest, GetRequest__Output as _conclave_v1_GetRequest__Output } from '../../conclave/v1/GetRequest.ts';
import type { ListReply as _conclave_v1_ListReply, ListReply__Output as _conclave_v1_ListReply__Output } from '../../conclave/v1/ListReply.ts';
import type { ListRequest as _conclave_v1_ListRequest, ListRequest__Output as _conclave_v1_ListRequest__Output } from '../../conclave/v1/ListRequest.ts';
import type { StatsReply as _conclave_v1_StatsReply, StatsReply__Output as _conclave_v1_StatsReply__Output } from '../../conclave/v1/StatsReply.ts';
import type { StatsRequest as _conclave_v1_StatsRequest, StatsRequest__Output as _conclave_v1_StatsRequest__Output } from '../../conclave/v1/StatsRequest.ts';
import type { WaitReply as _conclave_v1_WaitReply, WaitReply__Output as _conclave_v1_WaitReply__Output } from '../../conclave/v1/WaitReply.ts';
import type { WaitRequest as _conclave_v1_WaitRequest, WaitRequest__Output as _conclave_v1_WaitRequest__Output } from '../../conclave/v1/WaitRequest.ts';
import type { WaitStreamReply as _conclave_v1_WaitStreamReply, WaitStreamReply__Output as _conclave_v1_WaitStreamReply__Output } from '../../conclave/v1/WaitStreamReply.ts';
import type { WaitStreamRequest as _conclave_v1_WaitStreamRequest, WaitStreamRequest__Output as _conclave_v1_WaitStreamRequest__Output } from '../../conclave/v1/WaitStreamRequest.ts';

export interface JobsClient extends grpc.Client {
  Cancel(argument: _conclave_v1_CancelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _conclave_v1_CancelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _conclave_v1_CancelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _conclave_v1_CancelRequest, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  cancel(argument: _conclave_v1_CancelRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  cancel(argument: _conclave_v1_CancelRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  cancel(argument: _conclave_v1_CancelRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  cancel(argument: _conclave_v1_CancelRequest, callback: grpc.requestCallback<_conclave_v1_CancelReply__Output>): grpc.ClientUnaryCall;
  
  Enqueue(argument: _conclave_v1_EnqueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  Enqueue(argument: _conclave_v1_EnqueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  Enqueue(argument: _conclave_v1_EnqueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  Enqueue(argument: _conclave_v1_EnqueueRequest, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  enqueue(argument: _conclave_v1_EnqueueRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  enqueue(argument: _conclave_v1_EnqueueRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  enqueue(argument: _conclave_v1_EnqueueRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  enqueue(argument: _conclave_v1_EnqueueRequest, callback: grpc.requestCallback<_conclave_v1_EnqueueReply__Output>): grpc.ClientUnaryCall;
  
  EnqueueStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply__Output>;
  EnqueueStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply__Output>;
  enqueueStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply__Output>;
  enqueueStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply__Output>;
  
  Get(argument: _conclave_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetRequest, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetRequest, callback: grpc.requestCallback<_conclave_v1_GetReply__Output>): grpc.ClientUnaryCall;
  
  List(argument: _conclave_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListRequest, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListRequest, callback: grpc.requestCallback<_conclave_v1_ListReply__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _conclave_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  Stats(argument: _conclave_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  Stats(argument: _conclave_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  Stats(argument: _conclave_v1_StatsRequest, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  stats(argument: _conclave_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  stats(argument: _conclave_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  stats(argument: _conclave_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  stats(argument: _conclave_v1_StatsRequest, callback: grpc.requestCallback<_conclave_v1_StatsReply__Output>): grpc.ClientUnaryCall;
  
  Wait(argument: _conclave_v1_WaitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  Wait(argument: _conclave_v1_WaitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  Wait(argument: _conclave_v1_WaitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  Wait(argument: _conclave_v1_WaitRequest, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  wait(argument: _conclave_v1_WaitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  wait(argument: _conclave_v1_WaitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  wait(argument: _conclave_v1_WaitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  wait(argument: _conclave_v1_WaitRequest, callback: grpc.requestCallback<_conclave_v1_WaitReply__Output>): grpc.ClientUnaryCall;
  
  WaitStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamReply__Output>;
  WaitStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamReply__Output>;
  waitStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamReply__Output>;
  waitStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamReply__Output>;
  
}

export interface JobsHandlers extends grpc.UntypedServiceImplementation {
  Cancel: grpc.handleUnaryCall<_conclave_v1_CancelRequest__Output, _conclave_v1_CancelReply>;
  
  Enqueue: grpc.handleUnaryCall<_conclave_v1_EnqueueRequest__Output, _conclave_v1_EnqueueReply>;
  
  EnqueueStream: grpc.handleBidiStreamingCall<_conclave_v1_EnqueueRequest__Output, _conclave_v1_EnqueueReply>;
  
  Get: grpc.handleUnaryCall<_conclave_v1_GetRequest__Output, _conclave_v1_GetReply>;
  
  List: grpc.handleUnaryCall<_conclave_v1_ListRequest__Output, _conclave_v1_ListReply>;
  
  Stats: grpc.handleUnaryCall<_conclave_v1_StatsRequest__Output, _conclave_v1_StatsReply>;
  
  Wait: grpc.handleUnaryCall<_conclave_v1_WaitRequest__Output, _conclave_v1_WaitReply>;
  
  WaitStream: grpc.handleBidiStreamingCall<_conclave_v1_WaitStreamRequest__Output, _conclave_v1_WaitStreamReply>;
  
}

export interface JobsDefinition extends grpc.ServiceDefinition {
  Cancel: MethodDefinition<_conclave_v1_CancelRequest, _conclave_v1_CancelReply, _conclave_v1_CancelRequest__Output, _conclave_v1_CancelReply__Output>
  Enqueue: MethodDefinition<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply, _conclave_v1_EnqueueRequest__Output, _conclave_v1_EnqueueReply__Output>
  EnqueueStream: MethodDefinition<_conclave_v1_EnqueueRequest, _conclave_v1_EnqueueReply, _conclave_v1_EnqueueRequest__Output, _conclave_v1_EnqueueReply__Output>
  Get: MethodDefinition<_conclave_v1_GetRequest, _conclave_v1_GetReply, _conclave_v1_GetRequest__Output, _conclave_v1_GetReply__Output>
  List: MethodDefinition<_conclave_v1_ListRequest, _conclave_v1_ListReply, _conclave_v1_ListRequest__Output, _conclave_v1_ListReply__Output>
  Stats: MethodDefinition<_conclave_v1_StatsRequest, _conclave_v1_StatsReply, _conclave_v1_StatsRequest__Output, _conclave_v1_StatsReply__Output>
  Wait: MethodDefinition<_conclave_v1_WaitRequest, _conclave_v1_WaitReply, _conclave_v1_WaitRequest__Output, _conclave_v1_WaitReply__Output>
  WaitStream: MethodDefinition<_conclave_v1_WaitStreamRequest, _conclave_v1_WaitStreamReply, _conclave_v1_WaitStreamRequest__Output, _conclave_v1_WaitStreamReply__Output>
}
