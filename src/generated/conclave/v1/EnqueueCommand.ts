// Original file: proto/conclave/v1/log.proto

import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from '../../conclave/v1/JobSpec.ts';

export interface EnqueueCommand {
  'jobs'?: (_conclave_v1_JobSpec)[];
  'atomic'?: (boolean);
}

export interface EnqueueCommand__Output {
  'jobs': (_conclave_v1_JobSpec__Output)[];
  'atomic': (boolean);
}
