// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface ExpiredClaim {
  'id'?: (string);
  'token'?: (number | string | Long);
}

export interface ExpiredClaim__Output {
  'id': (string);
  'token': (number);
}
