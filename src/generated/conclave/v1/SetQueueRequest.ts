// Original file: proto/conclave/v1/manage.proto

import type { QueuePatch as _conclave_v1_QueuePatch, QueuePatch__Output as _conclave_v1_QueuePatch__Output } from '../../conclave/v1/QueuePatch.ts';

export interface SetQueueRequest {
  'queue'?: (string);
  'patch'?: (_conclave_v1_QueuePatch | null);
}

export interface SetQueueRequest__Output {
  'queue': (string);
  'patch': (_conclave_v1_QueuePatch__Output | null);
}
