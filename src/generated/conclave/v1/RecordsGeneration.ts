// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface RecordsGeneration {
  'generation'?: (number | string | Long);
}

export interface RecordsGeneration__Output {
  'generation': (number);
}
