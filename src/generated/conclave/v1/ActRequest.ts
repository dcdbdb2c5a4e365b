// Original file: proto/conclave/v1/work.proto

import type { Act as _conclave_v1_Act, Act__Output as _conclave_v1_Act__Output } from '../../conclave/v1/Act.ts';
import type { Long } from '@grpc/proto-loader';

export interface ActRequest {
  'requestId'?: (number | string | Long);
  'acts'?: (_conclave_v1_Act)[];
}

export interface ActRequest__Output {
  'requestId': (number);
  'acts': (_conclave_v1_Act__Output)[];
}
