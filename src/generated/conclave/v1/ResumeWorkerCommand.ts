// Original file: proto/conclave/v1/log.proto

import type { HeldClaim as _conclave_v1_HeldClaim, HeldClaim__Output as _conclave_v1_HeldClaim__Output } from '../../conclave/v1/HeldClaim.ts';
import type { Long } from '@grpc/proto-loader';

export interface ResumeWorkerCommand {
  'workerId'?: (string);
  'session'?: (number | string | Long);
  'stream'?: (number);
  'held'?: (_conclave_v1_HeldClaim)[];
}

export interface ResumeWorkerCommand__Output {
  'workerId': (string);
  'session': (number);
  'stream': (number);
  'held': (_conclave_v1_HeldClaim__Output)[];
}
