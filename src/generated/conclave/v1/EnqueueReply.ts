// Original file: proto/conclave/v1/jobs.proto

import type { EnqueueResult as _conclave_v1_EnqueueResult, EnqueueResult__Output as _conclave_v1_EnqueueResult__Output } from '../../conclave/v1/EnqueueResult.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';
import type { Long } from '@grpc/proto-loader';

export interface EnqueueReply {
  'requestId'?: (number | string | Long);
  'results'?: (_conclave_v1_EnqueueResult)[];
  'error'?: (_conclave_v1_ErrorDetail | null);
}

export interface EnqueueReply__Output {
  'requestId': (number);
  'results': (_conclave_v1_EnqueueResult__Output)[];
  'error': (_conclave_v1_ErrorDetail__Output | null);
}
