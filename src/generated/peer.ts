import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AppendReply as _conclave_v1_AppendReply, AppendReply__Output as _conclave_v1_AppendReply__Output } from './conclave/v1/AppendReply.ts';
import type { AppendRequest as _conclave_v1_AppendRequest, AppendRequest__Output as _conclave_v1_AppendRequest__Output } from './conclave/v1/AppendRequest.ts';
import type { PeerClient as _conclave_v1_PeerClient, PeerDefinition as _conclave_v1_PeerDefinition } from './conclave/v1/Peer.ts';
import type { PeerFrame as _conclave_v1_PeerFrame, PeerFrame__Output as _conclave_v1_PeerFrame__Output } from './conclave/v1/PeerFrame.ts';
import type { PeerHello as _conclave_v1_PeerHello, PeerHello__Output as _conclave_v1_PeerHello__Output } from './conclave/v1/PeerHello.ts';
import type { PeerMessage as _conclave_v1_PeerMessage, PeerMessage__Output as _conclave_v1_PeerMessage__Output } from './conclave/v1/PeerMessage.ts';
import type { PeerRefusal as _conclave_v1_PeerRefusal, PeerRefusal__Output as _conclave_v1_PeerRefusal__Output } from './conclave/v1/PeerRefusal.ts';
import type { TimeoutNow as _conclave_v1_TimeoutNow, TimeoutNow__Output as _conclave_v1_TimeoutNow__Output } from './conclave/v1/TimeoutNow.ts';
import type { VoteReply as _conclave_v1_VoteReply, VoteReply__Output as _conclave_v1_VoteReply__Output } from './conclave/v1/VoteReply.ts';
import type { VoteRequest as _conclave_v1_VoteRequest, VoteRequest__Output as _conclave_v1_VoteRequest__Output } from './conclave/v1/VoteRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  conclave: {
    v1: {
      AppendReply: MessageTypeDefinition<_conclave_v1_AppendReply, _conclave_v1_AppendReply__Output>
      AppendRequest: MessageTypeDefinition<_conclave_v1_AppendRequest, _conclave_v1_AppendRequest__Output>
      Peer: SubtypeConstructor<typeof grpc.Client, _conclave_v1_PeerClient> & { service: _conclave_v1_PeerDefinition }
      PeerFrame: MessageTypeDefinition<_conclave_v1_PeerFrame, _conclave_v1_PeerFrame__Output>
      PeerHello: MessageTypeDefinition<_conclave_v1_PeerHello, _conclave_v1_PeerHello__Output>
      PeerMessage: MessageTypeDefinition<_conclave_v1_PeerMessage, _conclave_v1_PeerMessage__Output>
      PeerRefusal: MessageTypeDefinition<_conclave_v1_PeerRefusal, _conclave_v1_PeerRefusal__Output>
      TimeoutNow: MessageTypeDefinition<_conclave_v1_TimeoutNow, _conclave_v1_TimeoutNow__Output>
      VoteReply: MessageTypeDefinition<_conclave_v1_VoteReply, _conclave_v1_VoteReply__Output>
      VoteRequest: MessageTypeDefinition<_conclave_v1_VoteRequest, _conclave_v1_VoteRequest__Output>
    }
  }
}

