// Original file: proto/conclave/v1/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { NodeStatus as _conclave_v1_NodeStatus, NodeStatus__Output as _conclave_v1_NodeStatus__Output } from '../../conclave/v1/NodeStatus.ts';
import type { StatusRequest as _conclave_v1_StatusRequest, StatusRequest__Output as _conclave_v1_StatusRequest__Output } from '../../conclave/v1/StatusRequest.ts';
import type { TransferLeadershipReply as _conclave_v1_TransferLeadershipReply, TransferLeadershipReply__Output as _conclave_v1_TransferLeadershipReply__Output } from '../../conclave/v1/TransferLeadershipReply.ts';
import type { TransferLeadershipRequest as _conclave_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _conclave_v1_TransferLeadershipRequest__Output } from '../../conclave/v1/TransferLeadershipRequest.ts';

export interface ClusterClient extends grpc.Client {
  Status(argument: _conclave_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  Status(argument: _conclave_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  Status(argument: _conclave_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  Status(argument: _conclave_v1_StatusRequest, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  status(argument: _conclave_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  status(argument: _conclave_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  status(argument: _conclave_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  status(argument: _conclave_v1_StatusRequest, callback: grpc.requestCallback<_conclave_v1_NodeStatus__Output>): grpc.ClientUnaryCall;
  
  TransferLeadership(argument: _conclave_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _conclave_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _conclave_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _conclave_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _conclave_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _conclave_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _conclave_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _conclave_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_conclave_v1_TransferLeadershipReply__Output>): grpc.ClientUnaryCall;
  
}

export interface ClusterHandlers extends grpc.UntypedServiceImplementation {
  Status: grpc.handleUnaryCall<_conclave_v1_StatusRequest__Output, _conclave_v1_NodeStatus>;
  
  TransferLeadership: grpc.handleUnaryCall<_conclave_v1_TransferLeadershipRequest__Output, _conclave_v1_TransferLeadershipReply>;
  
}

export interface ClusterDefinition extends grpc.ServiceDefinition {
  Status: MethodDefinition<_conclave_v1_StatusRequest, _conclave_v1_NodeStatus, _conclave_v1_StatusRequest__Output, _conclave_v1_NodeStatus__Output>
  TransferLeadership: MethodDefinition<_conclave_v1_TransferLeadershipRequest, _conclave_v1_TransferLeadershipReply, _conclave_v1_TransferLeadershipRequest__Output, _conclave_v1_TransferLeadershipReply__Output>
}
