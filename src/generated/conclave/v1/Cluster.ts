// Original file: proto/conclave/v1/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BackupPart as _conclave_v1_BackupPart, BackupPart__Output as _conclave_v1_BackupPart__Output } from '../../conclave/v1/BackupPart.ts';
import type { BackupRequest as _conclave_v1_BackupRequest, BackupRequest__Output as _conclave_v1_BackupRequest__Output } from '../../conclave/v1/BackupRequest.ts';
import type { ChangeMembershipReply as _conclave_v1_ChangeMembershipReply, ChangeMembershipReply__Output as _conclave_v1_ChangeMembershipReply__Output } from '../../conclave/v1/ChangeMembershipReply.ts';
import type { ChangeMembershipRequest as _conclave_v1_ChangeMembershipRequest, ChangeMembershipRequest__Output as _conclave_v1_ChangeMembershipRequest__Output } from '../../conclave/v1/ChangeMembershipRequest.ts';
import type { NodeStatus as _conclave_v1_NodeStatus, NodeStatus__Output as _conclave_v1_NodeStatus__Output } from '../../conclave/v1/NodeStatus.ts';
import type { StatusRequest as _conclave_v1_StatusRequest, StatusRequest__Output as _conclave_v1_StatusRequest__Output } from '../../conclave/v1/StatusRequest.ts';
import type { TransferLeadershipReply as _conclave_v1_TransferLeadershipReply, TransferLeadershipReply__Output as _conclave_v1_TransferLeadershipReply__Output } from '../../conclave/v1/TransferLeadershipReply.ts';
import type { TransferLeadershipRequest as _conclave_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _conclave_v1_TransferLeadershipRequest__Output } from '../../conclave/v1/TransferLeadershipRequest.ts';

export interface ClusterClient extends grpc.Client {
  Backup(argument: _conclave_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_BackupPart__Output>;
  Backup(argument: _conclave_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_BackupPart__Output>;
  backup(argument: _conclave_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_BackupPart__Output>;
  backup(argument: _conclave_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_conclave_v1_BackupPart__Output>;
  
  ChangeMembership(argument: _conclave_v1_ChangeMembershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  ChangeMembership(argument: _conclave_v1_ChangeMembershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  ChangeMembership(argument: _conclave_v1_ChangeMembershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  ChangeMembership(argument: _conclave_v1_ChangeMembershipRequest, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  changeMembership(argument: _conclave_v1_ChangeMembershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  changeMembership(argument: _conclave_v1_ChangeMembershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  changeMembership(argument: _conclave_v1_ChangeMembershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  changeMembership(argument: _conclave_v1_ChangeMembershipRequest, callback: grpc.requestCallback<_conclave_v1_ChangeMembershipReply__Output>): grpc.ClientUnaryCall;
  
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
  Backup: grpc.handleServerStreamingCall<_conclave_v1_BackupRequest__Output, _conclave_v1_BackupPart>;
  
  ChangeMembership: grpc.handleUnaryCall<_conclave_v1_ChangeMembershipRequest__Output, _conclave_v1_ChangeMembershipReply>;
  
  Status: grpc.handleUnaryCall<_conclave_v1_StatusRequest__Output, _conclave_v1_NodeStatus>;
  
  TransferLeadership: grpc.handleUnaryCall<_conclave_v1_TransferLeadershipRequest__Output, _conclave_v1_TransferLeadershipReply>;
  
}

export interface ClusterDefinition extends grpc.ServiceDefinition {
  Backup: MethodDefinition<_conclave_v1_BackupRequest, _conclave_v1_BackupPart, _conclave_v1_BackupRequest__Output, _conclave_v1_BackupPart__Output>
  ChangeMembership: MethodDefinition<_conclave_v1_ChangeMembershipRequest, _conclave_v1_ChangeMembershipReply, _conclave_v1_ChangeMembershipRequest__Output, _conclave_v1_ChangeMembershipReply__Output>
  Status: MethodDefinition<_conclave_v1_StatusRequest, _conclave_v1_NodeStatus, _conclave_v1_StatusRequest__Output, _conclave_v1_NodeStatus__Output>
  TransferLeadership: MethodDefinition<_conclave_v1_TransferLeadershipRequest, _conclave_v1_TransferLeadershipReply, _conclave_v1_TransferLeadershipRequest__Output, _conclave_v1_TransferLeadershipReply__Output>
}
