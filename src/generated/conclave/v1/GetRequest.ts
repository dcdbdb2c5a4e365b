// Original file: proto/conclave/v1/jobs.proto

import type { Consistency as _conclave_v1_Consistency, Consistency__Output as _conclave_v1_Consistency__Output } from '../../conclave/v1/Consistency.ts';

export interface GetRequest {
  'id'?: (string);
  'consistency'?: (_conclave_v1_Consistency);
}

export interface GetRequest__Output {
  'id': (string);
  'consistency': (_conclave_v1_Consistency__Output);
}
