// Original file: proto/conclave/v1/job.proto

import type { Long } from '@grpc/proto-loader';

export interface Timeouts {
  'queueMs'?: (number | string | Long);
  'attemptMs'?: (number | string | Long);
  'totalMs'?: (number | string | Long);
}

export interface Timeouts__Output {
  'queueMs': (number);
  'attemptMs': (number);
  'totalMs': (number);
}
