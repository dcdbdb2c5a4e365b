import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ClusterClient as _conclave_v1_ClusterClient, ClusterDefinition as _conclave_v1_ClusterDefinition } from './conclave/v1/Cluster.ts';
import type { MemberStatus as _conclave_v1_MemberStatus, MemberStatus__Output as _conclave_v1_MemberStatus__Output } from './conclave/v1/MemberStatus.ts';
import type { NodeStatus as _conclave_v1_NodeStatus, NodeStatus__Output as _conclave_v1_NodeStatus__Output } from './conclave/v1/NodeStatus.ts';
import type { StatusRequest as _conclave_v1_StatusRequest, StatusRequest__Output as _conclave_v1_StatusRequest__Output } from './conclave/v1/StatusRequest.ts';
import type { TransferLeadershipReply as _conclave_v1_TransferLeadershipReply, TransferLeadershipReply__Output as _conclave_v1_TransferLeadershipReply__Output } from './conclave/v1/TransferLeadershipReply.ts';
import type { TransferLeadershipRequest as _conclave_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _conclave_v1_TransferLeadershipRequest__Output } from './conclave/v1/TransferLeadershipRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  conclave: {
    v1: {
      Cluster: SubtypeConstructor<typeof grpc.Client, _conclave_v1_ClusterClient> & { service: _conclave_v1_ClusterDefinition }
      MemberStatus: MessageTypeDefinition<_conclave_v1_MemberStatus, _conclave_v1_MemberStatus__Output>
      NodeStatus: MessageTypeDefinition<_conclave_v1_NodeStatus, _conclave_v1_NodeStatus__Output>
      Role: EnumTypeDefinition
      StatusRequest: MessageTypeDefinition<_conclave_v1_StatusRequest, _conclave_v1_StatusRequest__Output>
      TransferLeadershipReply: MessageTypeDefinition<_conclave_v1_TransferLeadershipReply, _conclave_v1_TransferLeadershipReply__Output>
      TransferLeadershipRequest: MessageTypeDefinition<_conclave_v1_TransferLeadershipRequest, _conclave_v1_TransferLeadershipRequest__Output>
    }
  }
}

