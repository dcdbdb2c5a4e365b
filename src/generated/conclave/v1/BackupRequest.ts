// Original file: proto/conclave/v1/cluster.proto

import type { Consistency as _conclave_v1_Consistency, Consistency__Output as _conclave_v1_Consistency__Output } from '../../conclave/v1/Consistency.ts';

export interface BackupRequest {
  'consistency'?: (_conclave_v1_Consistency);
}

export interface BackupRequest__Output {
  'consistency': (_conclave_v1_Consistency__Output);
}
