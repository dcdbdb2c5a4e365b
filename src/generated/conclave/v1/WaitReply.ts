// Original file: proto/conclave/v1/jobs.proto

import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from '../../conclave/v1/Job.ts';

export interface WaitReply {
  'job'?: (_conclave_v1_Job | null);
}

export interface WaitReply__Output {
  'job': (_conclave_v1_Job__Output | null);
}
