// Original file: proto/conclave/v1/job.proto

import type { AttemptEnd as _conclave_v1_AttemptEnd, AttemptEnd__Output as _conclave_v1_AttemptEnd__Output } from '../../conclave/v1/AttemptEnd.ts';
import type { Long } from '@grpc/proto-loader';

export interface Attempt {
  'attempt'?: (number);
  'token'?: (number | string | Long);
  'workerId'?: (string);
  'startedAtMs'?: (number | string | Long);
  'endedAtMs'?: (number | string | Long);
  'end'?: (_conclave_v1_AttemptEnd);
  'error'?: (string);
}

export interface Attempt__Output {
  'attempt': (number);
  'token': (number);
  'workerId': (string);
  'startedAtMs': (number);
  'endedAtMs': (number);
  'end': (_conclave_v1_AttemptEnd__Output);
  'error': (string);
}
