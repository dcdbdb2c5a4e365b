// Original file: proto/conclave/v1/manage.proto

import type { QueueOverview as _conclave_v1_QueueOverview, QueueOverview__Output as _conclave_v1_QueueOverview__Output } from '../../conclave/v1/QueueOverview.ts';

export interface GetQueueReply {
  'queue'?: (_conclave_v1_QueueOverview | null);
}

export interface GetQueueReply__Output {
  'queue': (_conclave_v1_QueueOverview__Output | null);
}
