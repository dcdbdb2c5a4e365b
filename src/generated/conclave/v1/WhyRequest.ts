// Original file: proto/conclave/v1/manage.proto

import type { Consistency as _conclave_v1_Consistency, Consistency__Output as _conclave_v1_Consistency__Output } from '../../conclave/v1/Consistency.ts';

export interface WhyRequest {
  'id'?: (string);
  'consistency'?: (_conclave_v1_Consistency);
}

export interface WhyRequest__Output {
  'id': (string);
  'consistency': (_conclave_v1_Consistency__Output);
}
