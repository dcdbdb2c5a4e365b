// Original file: proto/conclave/v1/log.proto

import type { StoredJob as _conclave_v1_StoredJob, StoredJob__Output as _conclave_v1_StoredJob__Output } from '../../conclave/v1/StoredJob.ts';
import type { StoredMeta as _conclave_v1_StoredMeta, StoredMeta__Output as _conclave_v1_StoredMeta__Output } from '../../conclave/v1/StoredMeta.ts';

export interface StoredRecord {
  'format'?: (number);
  'job'?: (_conclave_v1_StoredJob | null);
  'meta'?: (_conclave_v1_StoredMeta | null);
  'record'?: "job"|"meta";
}

export interface StoredRecord__Output {
  'format': (number);
  'job'?: (_conclave_v1_StoredJob__Output | null);
  'meta'?: (_conclave_v1_StoredMeta__Output | null);
  'record'?: "job"|"meta";
}
