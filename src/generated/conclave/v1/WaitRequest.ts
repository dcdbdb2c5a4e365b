// Original file: proto/conclave/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WaitRequest {
  'id'?: (string);
  'waitMs'?: (number | string | Long);
}

export interface WaitRequest__Output {
  'id': (string);
  'waitMs': (number);
}
