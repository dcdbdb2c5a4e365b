// Original file: proto/conclave/v1/jobs.proto

import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from '../../conclave/v1/Job.ts';
import type { ErrorDetail as _conclave_v1_ErrorDetail, ErrorDetail__Output as _conclave_v1_ErrorDetail__Output } from '../../conclave/v1/ErrorDetail.ts';

export interface EndedJob {
  'id'?: (string);
  'job'?: (_conclave_v1_Job | null);
  'error'?: (_conclave_v1_ErrorDetail | null);
}

export interface EndedJob__Output {
  'id': (string);
  'job': (_conclave_v1_Job__Output | null);
  'error': (_conclave_v1_ErrorDetail__Output | null);
}
