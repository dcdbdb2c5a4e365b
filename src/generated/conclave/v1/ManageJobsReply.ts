// Original file: proto/conclave/v1/manage.proto

import type { ManagedJob as _conclave_v1_ManagedJob, ManagedJob__Output as _conclave_v1_ManagedJob__Output } from '../../conclave/v1/ManagedJob.ts';
import type { Long } from '@grpc/proto-loader';

export interface ManageJobsReply {
  'matched'?: (number | string | Long);
  'done'?: (number | string | Long);
  'jobs'?: (_conclave_v1_ManagedJob)[];
  'next'?: (string);
  'examined'?: (number | string | Long);
}

export interface ManageJobsReply__Output {
  'matched': (number);
  'done': (number);
  'jobs': (_conclave_v1_ManagedJob__Output)[];
  'next': (string);
  'examined': (number);
}
