// Original file: proto/conclave/v1/jobs.proto

import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from '../../conclave/v1/Job.ts';

export interface ListReply {
  'jobs'?: (_conclave_v1_Job)[];
  'next'?: (string);
}

export interface ListReply__Output {
  'jobs': (_conclave_v1_Job__Output)[];
  'next': (string);
}
