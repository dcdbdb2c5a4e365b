// Original file: proto/conclave/v1/peer.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClusterDescription as _conclave_v1_ClusterDescription, ClusterDescription__Output as _conclave_v1_ClusterDescription__Output } from '../../conclave/v1/ClusterDescription.ts';
import type { DescribeRequest as _conclave_v1_DescribeRequest, DescribeRequest__Output as _conclave_v1_DescribeRequest__Output } from '../../conclave/v1/DescribeRequest.ts';
import type { JoinReply as _conclave_v1_JoinReply, JoinReply__Output as _conclave_v1_JoinReply__Output } from '../../conclave/v1/JoinReply.ts';
import type { JoinRequest as _conclave_v1_JoinRequest, JoinRequest__Output as _conclave_v1_JoinRequest__Output } from '../../conclave/v1/JoinRequest.ts';
import type { PeerFrame as _conclave_v1_PeerFrame, PeerFrame__Output as _conclave_v1_PeerFrame__Output } from '../../conclave/v1/PeerFrame.ts';
import type { SnapshotAnswer as _conclave_v1_SnapshotAnswer, SnapshotAnswer__Output as _conclave_v1_SnapshotAnswer__Output } from '../../conclave/v1/SnapshotAnswer.ts';
import type { SnapshotCall as _conclave_v1_SnapshotCall, SnapshotCall__Output as _conclave_v1_SnapshotCall__Output } from '../../conclave/v1/SnapshotCall.ts';

export interface PeerClient extends grpc.Client {
  Describe(argument: _conclave_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  Describe(argument: _conclave_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  Describe(argument: _conclave_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  Describe(argument: _conclave_v1_DescribeRequest, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  describe(argument: _conclave_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  describe(argument: _conclave_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  describe(argument: _conclave_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  describe(argument: _conclave_v1_DescribeRequest, callback: grpc.requestCallback<_conclave_v1_ClusterDescription__Output>): grpc.ClientUnaryCall;
  
  Join(argument: _conclave_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _conclave_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _conclave_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _conclave_v1_JoinRequest, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _conclave_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _conclave_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _conclave_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _conclave_v1_JoinRequest, callback: grpc.requestCallback<_conclave_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  
  Snapshot(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_SnapshotCall, _conclave_v1_SnapshotAnswer__Output>;
  Snapshot(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_SnapshotCall, _conclave_v1_SnapshotAnswer__Output>;
  snapshot(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_SnapshotCall, _conclave_v1_SnapshotAnswer__Output>;
  snapshot(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_SnapshotCall, _conclave_v1_SnapshotAnswer__Output>;
  
  Stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  Stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  
}

export interface PeerHandlers extends grpc.UntypedServiceImplementation {
  Describe: grpc.handleUnaryCall<_conclave_v1_DescribeRequest__Output, _conclave_v1_ClusterDescription>;
  
  Join: grpc.handleUnaryCall<_conclave_v1_JoinRequest__Output, _conclave_v1_JoinReply>;
  
  Snapshot: grpc.handleBidiStreamingCall<_conclave_v1_SnapshotCall__Output, _conclave_v1_SnapshotAnswer>;
  
  Stream: grpc.handleBidiStreamingCall<_conclave_v1_PeerFrame__Output, _conclave_v1_PeerFrame>;
  
}

export interface PeerDefinition extends grpc.ServiceDefinition {
  Describe: MethodDefinition<_conclave_v1_DescribeRequest, _conclave_v1_ClusterDescription, _conclave_v1_DescribeRequest__Output, _conclave_v1_ClusterDescription__Output>
  Join: MethodDefinition<_conclave_v1_JoinRequest, _conclave_v1_JoinReply, _conclave_v1_JoinRequest__Output, _conclave_v1_JoinReply__Output>
  Snapshot: MethodDefinition<_conclave_v1_SnapshotCall, _conclave_v1_SnapshotAnswer, _conclave_v1_SnapshotCall__Output, _conclave_v1_SnapshotAnswer__Output>
  Stream: MethodDefinition<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output, _conclave_v1_PeerFrame__Output>
}
