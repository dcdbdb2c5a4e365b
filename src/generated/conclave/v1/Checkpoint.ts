// Original file: proto/conclave/v1/job.proto

import type { Long } from '@grpc/proto-loader';

export interface Checkpoint {
  'data'?: (Buffer | Uint8Array | string);
  'atMs'?: (number | string | Long);
  'token'?: (number | string | Long);
}

export interface Checkpoint__Output {
  'data': (Buffer);
  'atMs': (number);
  'token': (number);
}
