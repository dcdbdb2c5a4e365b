// Original file: proto/conclave/v1/work.proto

import type { AttemptEnd as _conclave_v1_AttemptEnd, AttemptEnd__Output as _conclave_v1_AttemptEnd__Output } from '../../conclave/v1/AttemptEnd.ts';
import type { Long } from '@grpc/proto-loader';

export interface EndedClaim {
  'id'?: (string);
  'fencingToken'?: (number | string | Long);
  'end'?: (_conclave_v1_AttemptEnd);
}

export interface EndedClaim__Output {
  'id': (string);
  'fencingToken': (number);
  'end': (_conclave_v1_AttemptEnd__Output);
}
