// Original file: proto/conclave/v1/peer.proto

import type { PeerHello as _conclave_v1_PeerHello, PeerHello__Output as _conclave_v1_PeerHello__Output } from '../../conclave/v1/PeerHello.ts';
import type { SnapshotPull as _conclave_v1_SnapshotPull, SnapshotPull__Output as _conclave_v1_SnapshotPull__Output } from '../../conclave/v1/SnapshotPull.ts';

export interface SnapshotCall {
  'hello'?: (_conclave_v1_PeerHello | null);
  'pull'?: (_conclave_v1_SnapshotPull | null);
  'checksum'?: (number);
  'call'?: "hello"|"pull";
}

export interface SnapshotCall__Output {
  'hello'?: (_conclave_v1_PeerHello__Output | null);
  'pull'?: (_conclave_v1_SnapshotPull__Output | null);
  'checksum': (number);
  'call'?: "hello"|"pull";
}
