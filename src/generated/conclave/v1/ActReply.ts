// Original file: proto/conclave/v1/work.proto

import type { ActResult as _conclave_v1_ActResult, ActResult__Output as _conclave_v1_ActResult__Output } from '../../conclave/v1/ActResult.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';
import type { Long } from '@grpc/proto-loader';

export interface ActReply {
  'requestId'?: (number | string | Long);
  'results'?: (_conclave_v1_ActResult)[];
  'error'?: (_conclave_v1_ErrorDetail | null);
}

export interface ActReply__Output {
  'requestId': (number);
  'results': (_conclave_v1_ActResult__Output)[];
  'error': (_conclave_v1_ErrorDetail__Output | null);
}
