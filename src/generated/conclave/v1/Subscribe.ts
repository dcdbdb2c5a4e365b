// Original file: proto/conclave/v1/work.proto

import type { HeldClaims as _conclave_v1_HeldClaims, HeldClaims__Output as _conclave_v1_HeldClaims__Output } from '../../conclave/v1/HeldClaims.ts';
import type { Long } from '@grpc/proto-loader';

export interface Subscribe {
  'workerId'?: (string);
  'queues'?: (string)[];
  'credits'?: (number);
  'held'?: (_conclave_v1_HeldClaims | null);
  'session'?: (number | string | Long);
  'stream'?: (number);
}

export interface Subscribe__Output {
  'workerId': (string);
  'queues': (string)[];
  'credits': (number);
  'held': (_conclave_v1_HeldClaims__Output | null);
  'session': (number);
  'stream': (number);
}
