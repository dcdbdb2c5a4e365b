// Original file: proto/conclave/v1/jobs.proto

import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from '../../conclave/v1/JobSpec.ts';
import type { Long } from '@grpc/proto-loader';

export interface EnqueueRequest {
  'requestId'?: (number | string | Long);
  'jobs'?: (_conclave_v1_JobSpec)[];
  'atomic'?: (boolean);
}

export interface EnqueueRequest__Output {
  'requestId': (number);
  'jobs': (_conclave_v1_JobSpec__Output)[];
  'atomic': (boolean);
}
