// Original file: proto/conclave/v1/job.proto

import type { Jitter as _conclave_v1_Jitter, Jitter__Output as _conclave_v1_Jitter__Output } from '../../conclave/v1/Jitter.ts';
import type { Backoff as _conclave_v1_Backoff, Backoff__Output as _conclave_v1_Backoff__Output } from '../../conclave/v1/Backoff.ts';
import type { Long } from '@grpc/proto-loader';

export interface RetryPolicy {
  'maxAttempts'?: (number);
  'initialBackoffMs'?: (number | string | Long);
  'multiplier'?: (number | string);
  'maxBackoffMs'?: (number | string | Long);
  'jitter'?: (_conclave_v1_Jitter);
  'backoff'?: (_conclave_v1_Backoff);
  'delaysMs'?: (number | string | Long)[];
  'byDefault'?: (boolean);
}

export interface RetryPolicy__Output {
  'maxAttempts': (number);
  'initialBackoffMs': (number);
  'multiplier': (number);
  'maxBackoffMs': (number);
  'jitter': (_conclave_v1_Jitter__Output);
  'backoff': (_conclave_v1_Backoff__Output);
  'delaysMs': (number)[];
  'byDefault': (boolean);
}
