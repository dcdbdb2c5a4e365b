// Original file: proto/conclave/v1/cluster.proto

import type { SnapshotHeader as _conclave_v1_SnapshotHeader, SnapshotHeader__Output as _conclave_v1_SnapshotHeader__Output } from '../../conclave/v1/SnapshotHeader.ts';
import type { SnapshotChunk as _conclave_v1_SnapshotChunk, SnapshotChunk__Output as _conclave_v1_SnapshotChunk__Output } from '../../conclave/v1/SnapshotChunk.ts';

export interface BackupPart {
  'header'?: (_conclave_v1_SnapshotHeader | null);
  'chunk'?: (_conclave_v1_SnapshotChunk | null);
  'part'?: "header"|"chunk";
}

export interface BackupPart__Output {
  'header'?: (_conclave_v1_SnapshotHeader__Output | null);
  'chunk'?: (_conclave_v1_SnapshotChunk__Output | null);
  'part'?: "header"|"chunk";
}
