// Original file: proto/conclave/v1/settings.proto

import type { Long } from '@grpc/proto-loader';

export interface RateLimit {
  'limit'?: (number | string | Long);
  'intervalMs'?: (number | string | Long);
}

export interface RateLimit__Output {
  'limit': (number);
  'intervalMs': (number);
}
