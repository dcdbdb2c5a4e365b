// Original file: proto/conclave/v1/job.proto

import type { OnFailure as _conclave_v1_OnFailure, OnFailure__Output as _conclave_v1_OnFailure__Output } from '../../conclave/v1/OnFailure.ts';

export interface WaitFor {
  'ids'?: (string)[];
  'onFailure'?: (_conclave_v1_OnFailure);
}

export interface WaitFor__Output {
  'ids': (string)[];
  'onFailure': (_conclave_v1_OnFailure__Output);
}
