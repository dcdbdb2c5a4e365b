// Original file: proto/conclave/v1/job.proto

import type { Long } from '@grpc/proto-loader';

export interface Claim {
  'token'?: (number | string | Long);
  'workerId'?: (string);
  'claimedAtMs'?: (number | string | Long);
  'expiresAtMs'?: (number | string | Long);
}

export interface Claim__Output {
  'token': (number);
  'workerId': (string);
  'claimedAtMs': (number);
  'expiresAtMs': (number);
}
