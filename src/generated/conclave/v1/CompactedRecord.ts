// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface CompactedRecord {
  'index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'checksum'?: (number);
}

export interface CompactedRecord__Output {
  'index': (number);
  'term': (number);
  'checksum': (number);
}
