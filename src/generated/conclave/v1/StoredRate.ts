// Original file: proto/conclave/v1/records.proto

import type { Long } from '@grpc/proto-loader';

export interface StoredRate {
  'queue'?: (string);
  'key'?: (string);
  'atMs'?: (number | string | Long)[];
  'count'?: (number | string | Long)[];
}

export interface StoredRate__Output {
  'queue': (string);
  'key': (string);
  'atMs': (number)[];
  'count': (number)[];
}
