// Original file: proto/conclave/v1/work.proto

import type { Long } from '@grpc/proto-loader';

export interface ClaimRequest {
  'workerId'?: (string);
  'queues'?: (string)[];
  'slots'?: (number);
  'waitMs'?: (number | string | Long);
}

export interface ClaimRequest__Output {
  'workerId': (string);
  'queues': (string)[];
  'slots': (number);
  'waitMs': (number);
}
