// Original file: proto/conclave/v1/jobs.proto

import type { CancelResult as _conclave_v1_CancelResult, CancelResult__Output as _conclave_v1_CancelResult__Output } from '../../conclave/v1/CancelResult.ts';

export interface CancelReply {
  'results'?: (_conclave_v1_CancelResult)[];
}

export interface CancelReply__Output {
  'results': (_conclave_v1_CancelResult__Output)[];
}
