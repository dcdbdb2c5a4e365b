// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface RecordsSum {
  'format'?: (number);
  'appliedIndex'?: (number | string | Long);
  'count'?: (number | string | Long);
  'sum'?: (number | string | Long);
}

export interface RecordsSum__Output {
  'format': (number);
  'appliedIndex': (number);
  'count': (number);
  'sum': (number);
}
