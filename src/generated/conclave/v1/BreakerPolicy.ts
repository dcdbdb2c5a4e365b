// Original file: proto/conclave/v1/settings.proto

import type { Long } from '@grpc/proto-loader';

export interface BreakerPolicy {
  'threshold'?: (number);
  'initialOpenMs'?: (number | string | Long);
  'maxOpenMs'?: (number | string | Long);
}

export interface BreakerPolicy__Output {
  'threshold': (number);
  'initialOpenMs': (number);
  'maxOpenMs': (number);
}
