// Original file: proto/conclave/v1/work.proto

import type { Long } from '@grpc/proto-loader';

export interface Release {
  'delayMs'?: (number | string | Long);
}

export interface Release__Output {
  'delayMs': (number);
}
