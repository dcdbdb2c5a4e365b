// Original file: proto/conclave/v1/work.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ActReply as _conclave_v1_ActReply, ActReply__Output as _conclave_v1_ActReply__Output } from '../../conclave/v1/ActReply.ts';
import type { ActRequest as _conclave_v1_ActRequest, ActRequest__Output as _conclave_v1_ActRequest__Output } from '../../conclave/v1/ActRequest.ts';
import type { ClaimReply as _conclave_v1_ClaimReply, ClaimReply__Output as _conclave_v1_ClaimReply__Output } from '../../conclave/v1/ClaimReply.ts';
import type { ClaimRequest as _conclave_v1_ClaimRequest, ClaimRequest__Output as _conclave_v1_ClaimRequest__Output } from '../../conclave/v1/ClaimRequest.ts';
import type { WorkMessage as _conclave_v1_WorkMessage, WorkMessage__Output as _conclave_v1_WorkMessage__Output } from '../../conclave/v1/WorkMessage.ts';
import type { WorkerMessage as _conclave_v1_WorkerMessage, WorkerMessage__Output as _conclave_v1_WorkerMessage__Output } from '../../conclave/v1/WorkerMessage.ts';

export interface WorkClient extends grpc.Client {
  Act(argument: _conclave_v1_ActRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  Act(argument: _conclave_v1_ActRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  Act(argument: _conclave_v1_ActRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  Act(argument: _conclave_v1_ActRequest, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  act(argument: _conclave_v1_ActRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  act(argument: _conclave_v1_ActRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  act(argument: _conclave_v1_ActRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  act(argument: _conclave_v1_ActRequest, callback: grpc.requestCallback<_conclave_v1_ActReply__Output>): grpc.ClientUnaryCall;
  
  Claim(argument: _conclave_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  Claim(argument: _conclave_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  Claim(argument: _conclave_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  Claim(argument: _conclave_v1_ClaimRequest, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  claim(argument: _conclave_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  claim(argument: _conclave_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  claim(argument: _conclave_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  claim(argument: _conclave_v1_ClaimRequest, callback: grpc.requestCallback<_conclave_v1_ClaimReply__Output>): grpc.ClientUnaryCall;
  
  Stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WorkerMessage, _conclave_v1_WorkMessage__Output>;
  Stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WorkerMessage, _conclave_v1_WorkMessage__Output>;
  stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WorkerMessage, _conclave_v1_WorkMessage__Output>;
  stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_WorkerMessage, _conclave_v1_WorkMessage__Output>;
  
}

export interface WorkHandlers extends grpc.UntypedServiceImplementation {
  Act: grpc.handleUnaryCall<_conclave_v1_ActRequest__Output, _conclave_v1_ActReply>;
  
  Claim: grpc.handleUnaryCall<_conclave_v1_ClaimRequest__Output, _conclave_v1_ClaimReply>;
  
  Stream: grpc.handleBidiStreamingCall<_conclave_v1_WorkerMessage__Output, _conclave_v1_WorkMessage>;
  
}

export interface WorkDefinition extends grpc.ServiceDefinition {
  Act: MethodDefinition<_conclave_v1_ActRequest, _conclave_v1_ActReply, _conclave_v1_ActRequest__Output, _conclave_v1_ActReply__Output>
  Claim: MethodDefinition<_conclave_v1_ClaimRequest, _conclave_v1_ClaimReply, _conclave_v1_ClaimRequest__Output, _conclave_v1_ClaimReply__Output>
  Stream: MethodDefinition<_conclave_v1_WorkerMessage, _conclave_v1_WorkMessage, _conclave_v1_WorkerMessage__Output, _conclave_v1_WorkMessage__Output>
}
