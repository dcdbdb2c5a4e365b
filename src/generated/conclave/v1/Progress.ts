// Original file: proto/conclave/v1/job.proto

import type { Long } from '@grpc/proto-loader';

export interface Progress {
  'percent'?: (number);
  'note'?: (string);
  'atMs'?: (number | string | Long);
}

export interface Progress__Output {
  'percent': (number);
  'note': (string);
  'atMs': (number);
}
