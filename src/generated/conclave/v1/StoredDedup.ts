// Original file: proto/conclave/v1/records.proto

import type { Long } from '@grpc/proto-loader';

export interface StoredDedup {
  'queue'?: (string);
  'key'?: (string);
  'jobId'?: (string);
  'untilMs'?: (number | string | Long);
  'end'?: (number);
}

export interface StoredDedup__Output {
  'queue': (string);
  'key': (string);
  'jobId': (string);
  'untilMs': (number);
  'end': (number);
}
