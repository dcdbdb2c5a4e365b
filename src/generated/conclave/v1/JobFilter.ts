// Original file: proto/conclave/v1/manage.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { Long } from '@grpc/proto-loader';

export interface JobFilter {
  'queue'?: (string);
  'states'?: (_conclave_v1_JobState)[];
  'agent'?: (string);
  'tag'?: (string);
  'key'?: (string);
  'sinceMs'?: (number | string | Long);
  'beforeMs'?: (number | string | Long);
}

export interface JobFilter__Output {
  'queue': (string);
  'states': (_conclave_v1_JobState__Output)[];
  'agent': (string);
  'tag': (string);
  'key': (string);
  'sinceMs': (number);
  'beforeMs': (number);
}
