// Original file: proto/conclave/v1/peer.proto

import type { PeerHello as _conclave_v1_PeerHello, PeerHello__Output as _conclave_v1_PeerHello__Output } from '../../conclave/v1/PeerHello.ts';
import type { PeerRefusal as _conclave_v1_PeerRefusal, PeerRefusal__Output as _conclave_v1_PeerRefusal__Output } from '../../conclave/v1/PeerRefusal.ts';
import type { PeerMessage as _conclave_v1_PeerMessage, PeerMessage__Output as _conclave_v1_PeerMessage__Output } from '../../conclave/v1/PeerMessage.ts';

export interface PeerFrame {
  'hello'?: (_conclave_v1_PeerHello | null);
  'refusal'?: (_conclave_v1_PeerRefusal | null);
  'message'?: (_conclave_v1_PeerMessage | null);
  'checksum'?: (number);
  'frame'?: "hello"|"refusal"|"message";
}

export interface PeerFrame__Output {
  'hello'?: (_conclave_v1_PeerHello__Output | null);
  'refusal'?: (_conclave_v1_PeerRefusal__Output | null);
  'message'?: (_conclave_v1_PeerMessage__Output | null);
  'checksum': (number);
  'frame'?: "hello"|"refusal"|"message";
}
