// Original file: proto/conclave/v1/work.proto

import type { Long } from '@grpc/proto-loader';

export interface HeldClaim {
  'id'?: (string);
  'fencingToken'?: (number | string | Long);
}

export interface HeldClaim__Output {
  'id': (string);
  'fencingToken': (number);
}
