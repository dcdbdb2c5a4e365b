// Original file: proto/conclave/v1/manage.proto

import type { QueueSettings as _conclave_v1_QueueSettings, QueueSettings__Output as _conclave_v1_QueueSettings__Output } from '../../conclave/v1/QueueSettings.ts';

export interface SetQueueReply {
  'settings'?: (_conclave_v1_QueueSettings | null);
}

export interface SetQueueReply__Output {
  'settings': (_conclave_v1_QueueSettings__Output | null);
}
