// Original file: proto/conclave/v1/schedules.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DeleteScheduleReply as _conclave_v1_DeleteScheduleReply, DeleteScheduleReply__Output as _conclave_v1_DeleteScheduleReply__Output } from '../../conclave/v1/DeleteScheduleReply.ts';
import type { DeleteScheduleRequest as _conclave_v1_DeleteScheduleRequest, DeleteScheduleRequest__Output as _conclave_v1_DeleteScheduleRequest__Output } from '../../conclave/v1/DeleteScheduleRequest.ts';
import type { GetScheduleReply as _conclave_v1_GetScheduleReply, GetScheduleReply__Output as _conclave_v1_GetScheduleReply__Output } from '../../conclave/v1/GetScheduleReply.ts';
import type { GetScheduleRequest as _conclave_v1_GetScheduleRequest, GetScheduleRequest__Output as _conclave_v1_GetScheduleRequest__Output } from '../../conclave/v1/GetScheduleRequest.ts';
import type { ListSchedulesReply as _conclave_v1_ListSchedulesReply, ListSchedulesReply__Output as _conclave_v1_ListSchedulesReply__Output } from '../../conclave/v1/ListSchedulesReply.ts';
import type { ListSchedulesRequest as _conclave_v1_ListSchedulesRequest, ListSchedulesRequest__Output as _conclave_v1_ListSchedulesRequest__Output } from '../../conclave/v1/ListSchedulesRequest.ts';
import type { PauseScheduleReply as _conclave_v1_PauseScheduleReply, PauseScheduleReply__Output as _conclave_v1_PauseScheduleReply__Output } from '../../conclave/v1/PauseScheduleReply.ts';
import type { PauseScheduleRequest as _conclave_v1_PauseScheduleRequest, PauseScheduleRequest__Output as _conclave_v1_PauseScheduleRequest__Output } from '../../conclave/v1/PauseScheduleRequest.ts';
import type { PutScheduleReply as _conclave_v1_PutScheduleReply, PutScheduleReply__Output as _conclave_v1_PutScheduleReply__Output } from '../../conclave/v1/PutScheduleReply.ts';
import type { PutScheduleRequest as _conclave_v1_PutScheduleRequest, PutScheduleRequest__Output as _conclave_v1_PutScheduleRequest__Output } from '../../conclave/v1/PutScheduleRequest.ts';
import type { ResumeScheduleReply as _conclave_v1_ResumeScheduleReply, ResumeScheduleReply__Output as _conclave_v1_ResumeScheduleReply__Output } from '../../conclave/v1/ResumeScheduleReply.ts';
import type { ResumeScheduleRequest as _conclave_v1_ResumeScheduleRequest, ResumeScheduleRequest__Output as _conclave_v1_ResumeScheduleRequest__Output } from '../../conclave/v1/ResumeScheduleRequest.ts';
import type { RunScheduleReply as _conclave_v1_RunScheduleReply, RunScheduleReply__Output as _conclave_v1_RunScheduleReply__Output } from '../../conclave/v1/RunScheduleReply.ts';
import type { RunScheduleRequest as _conclave_v1_RunScheduleRequest, RunScheduleRequest__Output as _conclave_v1_RunScheduleRequest__Output } from '../../conclave/v1/RunScheduleRequest.ts';

export interface SchedulesClient extends grpc.Client {
  Delete(argument: _conclave_v1_DeleteScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _conclave_v1_DeleteScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _conclave_v1_DeleteScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _conclave_v1_DeleteScheduleRequest, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _conclave_v1_DeleteScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _conclave_v1_DeleteScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _conclave_v1_DeleteScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _conclave_v1_DeleteScheduleRequest, callback: grpc.requestCallback<_conclave_v1_DeleteScheduleReply__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _conclave_v1_GetScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _conclave_v1_GetScheduleRequest, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  get(argument: _conclave_v1_GetScheduleRequest, callback: grpc.requestCallback<_conclave_v1_GetScheduleReply__Output>): grpc.ClientUnaryCall;
  
  List(argument: _conclave_v1_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  List(argument: _conclave_v1_ListSchedulesRequest, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  list(argument: _conclave_v1_ListSchedulesRequest, callback: grpc.requestCallback<_conclave_v1_ListSchedulesReply__Output>): grpc.ClientUnaryCall;
  
  Pause(argument: _conclave_v1_PauseScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  Pause(argument: _conclave_v1_PauseScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  Pause(argument: _conclave_v1_PauseScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  Pause(argument: _conclave_v1_PauseScheduleRequest, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  pause(argument: _conclave_v1_PauseScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  pause(argument: _conclave_v1_PauseScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  pause(argument: _conclave_v1_PauseScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  pause(argument: _conclave_v1_PauseScheduleRequest, callback: grpc.requestCallback<_conclave_v1_PauseScheduleReply__Output>): grpc.ClientUnaryCall;
  
  Put(argument: _conclave_v1_PutScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  Put(argument: _conclave_v1_PutScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  Put(argument: _conclave_v1_PutScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  Put(argument: _conclave_v1_PutScheduleRequest, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  put(argument: _conclave_v1_PutScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  put(argument: _conclave_v1_PutScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  put(argument: _conclave_v1_PutScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  put(argument: _conclave_v1_PutScheduleRequest, callback: grpc.requestCallback<_conclave_v1_PutScheduleReply__Output>): grpc.ClientUnaryCall;
  
  Resume(argument: _conclave_v1_ResumeScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  Resume(argument: _conclave_v1_ResumeScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  Resume(argument: _conclave_v1_ResumeScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  Resume(argument: _conclave_v1_ResumeScheduleRequest, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  resume(argument: _conclave_v1_ResumeScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  resume(argument: _conclave_v1_ResumeScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  resume(argument: _conclave_v1_ResumeScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  resume(argument: _conclave_v1_ResumeScheduleRequest, callback: grpc.requestCallback<_conclave_v1_ResumeScheduleReply__Output>): grpc.ClientUnaryCall;
  
  RunNow(argument: _conclave_v1_RunScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  RunNow(argument: _conclave_v1_RunScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  RunNow(argument: _conclave_v1_RunScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  RunNow(argument: _conclave_v1_RunScheduleRequest, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  runNow(argument: _conclave_v1_RunScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  runNow(argument: _conclave_v1_RunScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  runNow(argument: _conclave_v1_RunScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  runNow(argument: _conclave_v1_RunScheduleRequest, callback: grpc.requestCallback<_conclave_v1_RunScheduleReply__Output>): grpc.ClientUnaryCall;
  
}

export interface SchedulesHandlers extends grpc.UntypedServiceImplementation {
  Delete: grpc.handleUnaryCall<_conclave_v1_DeleteScheduleRequest__Output, _conclave_v1_DeleteScheduleReply>;
  
  Get: grpc.handleUnaryCall<_conclave_v1_GetScheduleRequest__Output, _conclave_v1_GetScheduleReply>;
  
  List: grpc.handleUnaryCall<_conclave_v1_ListSchedulesRequest__Output, _conclave_v1_ListSchedulesReply>;
  
  Pause: grpc.handleUnaryCall<_conclave_v1_PauseScheduleRequest__Output, _conclave_v1_PauseScheduleReply>;
  
  Put: grpc.handleUnaryCall<_conclave_v1_PutScheduleRequest__Output, _conclave_v1_PutScheduleReply>;
  
  Resume: grpc.handleUnaryCall<_conclave_v1_ResumeScheduleRequest__Output, _conclave_v1_ResumeScheduleReply>;
  
  RunNow: grpc.handleUnaryCall<_conclave_v1_RunScheduleRequest__Output, _conclave_v1_RunScheduleReply>;
  
}

export interface SchedulesDefinition extends grpc.ServiceDefinition {
  Delete: MethodDefinition<_conclave_v1_DeleteScheduleRequest, _conclave_v1_DeleteScheduleReply, _conclave_v1_DeleteScheduleRequest__Output, _conclave_v1_DeleteScheduleReply__Output>
  Get: MethodDefinition<_conclave_v1_GetScheduleRequest, _conclave_v1_GetScheduleReply, _conclave_v1_GetScheduleRequest__Output, _conclave_v1_GetScheduleReply__Output>
  List: MethodDefinition<_conclave_v1_ListSchedulesRequest, _conclave_v1_ListSchedulesReply, _conclave_v1_ListSchedulesRequest__Output, _conclave_v1_ListSchedulesReply__Output>
  Pause: MethodDefinition<_conclave_v1_PauseScheduleRequest, _conclave_v1_PauseScheduleReply, _conclave_v1_PauseScheduleRequest__Output, _conclave_v1_PauseScheduleReply__Output>
  Put: MethodDefinition<_conclave_v1_PutScheduleRequest, _conclave_v1_PutScheduleReply, _conclave_v1_PutScheduleRequest__Output, _conclave_v1_PutScheduleReply__Output>
  Resume: MethodDefinition<_conclave_v1_ResumeScheduleRequest, _conclave_v1_ResumeScheduleReply, _conclave_v1_ResumeScheduleRequest__Output, _conclave_v1_ResumeScheduleReply__Output>
  RunNow: MethodDefinition<_conclave_v1_RunScheduleRequest, _conclave_v1_RunScheduleReply, _conclave_v1_RunScheduleRequest__Output, _conclave_v1_RunScheduleReply__Output>
}
