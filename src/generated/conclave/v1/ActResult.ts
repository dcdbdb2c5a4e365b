// Original file: proto/conclave/v1/work.proto

import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';
import type { Long } from '@grpc/proto-loader';

export interface ActResult {
  'error'?: (_conclave_v1_ErrorDetail | null);
  'expiresAtMs'?: (number | string | Long);
  'cancelRequested'?: (boolean);
  'nextDueAtMs'?: (number | string | Long);
}

export interface ActResult__Output {
  'error': (_conclave_v1_ErrorDetail__Output | null);
  'expiresAtMs': (number);
  'cancelRequested': (boolean);
  'nextDueAtMs': (number);
}
