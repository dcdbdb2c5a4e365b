// Original file: proto/conclave/v1/peer.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { PeerFrame as _conclave_v1_PeerFrame, PeerFrame__Output as _conclave_v1_PeerFrame__Output } from '../../conclave/v1/PeerFrame.ts';

export interface PeerClient extends grpc.Client {
  Stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  Stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  stream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  stream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>;
  
}

export interface PeerHandlers extends grpc.UntypedServiceImplementation {
  Stream: grpc.handleBidiStreamingCall<_conclave_v1_PeerFrame__Output, _conclave_v1_PeerFrame>;
  
}

export interface PeerDefinition extends grpc.ServiceDefinition {
  Stream: MethodDefinition<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output, _conclave_v1_PeerFrame__Output>
}
