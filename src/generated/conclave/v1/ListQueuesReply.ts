// Original file: proto/conclave/v1/manage.proto

import type { QueueOverview as _conclave_v1_QueueOverview, QueueOverview__Output as _conclave_v1_QueueOverview__Output } from '../../conclave/v1/QueueOverview.ts';

export interface ListQueuesReply {
  'queues'?: (_conclave_v1_QueueOverview)[];
  'next'?: (string);
}

export interface ListQueuesReply__Output {
  'queues': (_conclave_v1_QueueOverview__Output)[];
  'next': (string);
}
