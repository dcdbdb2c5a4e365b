// Original file: proto/conclave/v1/peer.proto

import type { PeerRefusal as _conclave_v1_PeerRefusal, PeerRefusal__Output as _conclave_v1_PeerRefusal__Output } from '../../conclave/v1/PeerRefusal.ts';
import type { SnapshotHeader as _conclave_v1_SnapshotHeader, SnapshotHeader__Output as _conclave_v1_SnapshotHeader__Output } from '../../conclave/v1/SnapshotHeader.ts';
import type { SnapshotChunk as _conclave_v1_SnapshotChunk, SnapshotChunk__Output as _conclave_v1_SnapshotChunk__Output } from '../../conclave/v1/SnapshotChunk.ts';

export interface SnapshotAnswer {
  'refusal'?: (_conclave_v1_PeerRefusal | null);
  'header'?: (_conclave_v1_SnapshotHeader | null);
  'chunk'?: (_conclave_v1_SnapshotChunk | null);
  'checksum'?: (number);
  'answer'?: "refusal"|"header"|"chunk";
}

export interface SnapshotAnswer__Output {
  'refusal'?: (_conclave_v1_PeerRefusal__Output | null);
  'header'?: (_conclave_v1_SnapshotHeader__Output | null);
  'chunk'?: (_conclave_v1_SnapshotChunk__Output | null);
  'checksum': (number);
  'answer'?: "refusal"|"header"|"chunk";
}
