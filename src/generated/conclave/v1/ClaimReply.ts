// Original file: proto/conclave/v1/work.proto

import type { ClaimedJob as _conclave_v1_ClaimedJob, ClaimedJob__Output as _conclave_v1_ClaimedJob__Output } from '../../conclave/v1/ClaimedJob.ts';

export interface ClaimReply {
  'jobs'?: (_conclave_v1_ClaimedJob)[];
}

export interface ClaimReply__Output {
  'jobs': (_conclave_v1_ClaimedJob__Output)[];
}
