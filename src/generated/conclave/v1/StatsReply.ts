// Original file: proto/conclave/v1/jobs.proto

import type { QueueStats as _conclave_v1_QueueStats, QueueStats__Output as _conclave_v1_QueueStats__Output } from '../../conclave/v1/QueueStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatsReply {
  'queues'?: (_conclave_v1_QueueStats)[];
  'enqueued'?: (number | string | Long);
  'purged'?: (number | string | Long);
}

export interface StatsReply__Output {
  'queues': (_conclave_v1_QueueStats__Output)[];
  'enqueued': (number);
  'purged': (number);
}
