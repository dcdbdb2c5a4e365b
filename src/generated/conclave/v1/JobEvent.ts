// Original file: proto/conclave/v1/manage.proto

import type { JobEventType as _conclave_v1_JobEventType, JobEventType__Output as _conclave_v1_JobEventType__Output } from '../../conclave/v1/JobEventType.ts';
import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { Long } from '@grpc/proto-loader';

export interface JobEvent {
  'index'?: (number | string | Long);
  'atMs'?: (number | string | Long);
  'type'?: (_conclave_v1_JobEventType);
  'jobId'?: (string);
  'queue'?: (string);
  'agent'?: (string);
  'state'?: (_conclave_v1_JobState);
  'attempt'?: (number);
  'fencingToken'?: (number | string | Long);
  'detail'?: (string);
}

export interface JobEvent__Output {
  'index': (number);
  'atMs': (number);
  'type': (_conclave_v1_JobEventType__Output);
  'jobId': (string);
  'queue': (string);
  'agent': (string);
  'state': (_conclave_v1_JobState__Output);
  'attempt': (number);
  'fencingToken': (number);
  'detail': (string);
}
