// Original file: proto/conclave/v1/job.proto

import type { DedupMode as _conclave_v1_DedupMode, DedupMode__Output as _conclave_v1_DedupMode__Output } from '../../conclave/v1/DedupMode.ts';
import type { Long } from '@grpc/proto-loader';

export interface Dedup {
  'key'?: (string);
  'mode'?: (_conclave_v1_DedupMode);
  'windowMs'?: (number | string | Long);
}

export interface Dedup__Output {
  'key': (string);
  'mode': (_conclave_v1_DedupMode__Output);
  'windowMs': (number);
}
