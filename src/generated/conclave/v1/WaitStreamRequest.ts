// Original file: proto/conclave/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WaitStreamRequest {
  'requestId'?: (number | string | Long);
  'ids'?: (string)[];
  'forget'?: (string)[];
}

export interface WaitStreamRequest__Output {
  'requestId': (number);
  'ids': (string)[];
  'forget': (string)[];
}
