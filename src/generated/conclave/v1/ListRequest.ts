// Original file: proto/conclave/v1/jobs.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { Consistency as _conclave_v1_Consistency, Consistency__Output as _conclave_v1_Consistency__Output } from '../../conclave/v1/Consistency.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListRequest {
  'queue'?: (string);
  'state'?: (_conclave_v1_JobState);
  'agent'?: (string);
  'after'?: (string);
  'limit'?: (number);
  'consistency'?: (_conclave_v1_Consistency);
  'states'?: (_conclave_v1_JobState)[];
  'tag'?: (string);
  'key'?: (string);
  'sinceMs'?: (number | string | Long);
  'beforeMs'?: (number | string | Long);
}

export interface ListRequest__Output {
  'queue': (string);
  'state': (_conclave_v1_JobState__Output);
  'agent': (string);
  'after': (string);
  'limit': (number);
  'consistency': (_conclave_v1_Consistency__Output);
  'states': (_conclave_v1_JobState__Output)[];
  'tag': (string);
  'key': (string);
  'sinceMs': (number);
  'beforeMs': (number);
}
