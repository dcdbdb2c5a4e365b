// Original file: proto/conclave/v1/errors.proto

import type { RpcAny as _conclave_v1_RpcAny, RpcAny__Output as _conclave_v1_RpcAny__Output } from '../../conclave/v1/RpcAny.ts';

export interface RpcStatus {
  'code'?: (number);
  'message'?: (string);
  'details'?: (_conclave_v1_RpcAny)[];
}

export interface RpcStatus__Output {
  'code': (number);
  'message': (string);
  'details': (_conclave_v1_RpcAny__Output)[];
}
