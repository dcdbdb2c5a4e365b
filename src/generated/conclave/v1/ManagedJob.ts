// Original file: proto/conclave/v1/manage.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';

export interface ManagedJob {
  'id'?: (string);
  'state'?: (_conclave_v1_JobState);
  'error'?: (_conclave_v1_ErrorDetail | null);
}

export interface ManagedJob__Output {
  'id': (string);
  'state': (_conclave_v1_JobState__Output);
  'error': (_conclave_v1_ErrorDetail__Output | null);
}
