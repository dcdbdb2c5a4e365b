// Original file: proto/conclave/v1/work.proto

import type { Long } from '@grpc/proto-loader';

export interface Fail {
  'error'?: (string);
  'notRetryable'?: (boolean);
  'retryAfterMs'?: (number | string | Long);
}

export interface Fail__Output {
  'error': (string);
  'notRetryable': (boolean);
  'retryAfterMs': (number);
}
