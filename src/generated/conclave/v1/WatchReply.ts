// Original file: proto/conclave/v1/manage.proto

import type { JobEvent as _conclave_v1_JobEvent, JobEvent__Output as _conclave_v1_JobEvent__Output } from '../../conclave/v1/JobEvent.ts';
import type { Long } from '@grpc/proto-loader';

export interface WatchReply {
  'events'?: (_conclave_v1_JobEvent)[];
  'nextIndex'?: (number | string | Long);
}

export interface WatchReply__Output {
  'events': (_conclave_v1_JobEvent__Output)[];
  'nextIndex': (number);
}
