// Original file: proto/conclave/v1/jobs.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';

export interface EnqueueResult {
  'id'?: (string);
  'state'?: (_conclave_v1_JobState);
  'existing'?: (boolean);
  'error'?: (_conclave_v1_ErrorDetail | null);
}

export interface EnqueueResult__Output {
  'id': (string);
  'state': (_conclave_v1_JobState__Output);
  'existing': (boolean);
  'error': (_conclave_v1_ErrorDetail__Output | null);
}
