// Original file: proto/conclave/v1/manage.proto

import type { JobEventType as _conclave_v1_JobEventType, JobEventType__Output as _conclave_v1_JobEventType__Output } from '../../conclave/v1/JobEventType.ts';
import type { Long } from '@grpc/proto-loader';

export interface WatchRequest {
  'fromIndex'?: (number | string | Long);
  'queue'?: (string);
  'jobId'?: (string);
  'agent'?: (string);
  'types'?: (_conclave_v1_JobEventType)[];
}

export interface WatchRequest__Output {
  'fromIndex': (number);
  'queue': (string);
  'jobId': (string);
  'agent': (string);
  'types': (_conclave_v1_JobEventType__Output)[];
}
