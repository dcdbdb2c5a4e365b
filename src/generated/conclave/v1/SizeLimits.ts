// Original file: proto/conclave/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface SizeLimits {
  'maxPayloadBytes'?: (number | string | Long);
  'maxResultBytes'?: (number | string | Long);
  'maxCheckpointBytes'?: (number | string | Long);
  'maxBatchBytes'?: (number | string | Long);
}

export interface SizeLimits__Output {
  'maxPayloadBytes': (number);
  'maxResultBytes': (number);
  'maxCheckpointBytes': (number);
  'maxBatchBytes': (number);
}
