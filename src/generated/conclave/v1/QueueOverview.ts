// Original file: proto/conclave/v1/manage.proto

import type { QueueSettings as _conclave_v1_QueueSettings, QueueSettings__Output as _conclave_v1_QueueSettings__Output } from '../../conclave/v1/QueueSettings.ts';
import type { QueueStats as _conclave_v1_QueueStats, QueueStats__Output as _conclave_v1_QueueStats__Output } from '../../conclave/v1/QueueStats.ts';

export interface QueueOverview {
  'settings'?: (_conclave_v1_QueueSettings | null);
  'stats'?: (_conclave_v1_QueueStats | null);
}

export interface QueueOverview__Output {
  'settings': (_conclave_v1_QueueSettings__Output | null);
  'stats': (_conclave_v1_QueueStats__Output | null);
}
