// Original file: proto/conclave/v1/work.proto

import type { Subscribe as _conclave_v1_Subscribe, Subscribe__Output as _conclave_v1_Subscribe__Output } from '../../conclave/v1/Subscribe.ts';
import type { Credits as _conclave_v1_Credits, Credits__Output as _conclave_v1_Credits__Output } from '../../conclave/v1/Credits.ts';
import type { ActRequest as _conclave_v1_ActRequest, ActRequest__Output as _conclave_v1_ActRequest__Output } from '../../conclave/v1/ActRequest.ts';
import type { Drain as _conclave_v1_Drain, Drain__Output as _conclave_v1_Drain__Output } from '../../conclave/v1/Drain.ts';

export interface WorkerMessage {
  'subscribe'?: (_conclave_v1_Subscribe | null);
  'credits'?: (_conclave_v1_Credits | null);
  'acts'?: (_conclave_v1_ActRequest | null);
  'drain'?: (_conclave_v1_Drain | null);
  'message'?: "subscribe"|"credits"|"acts"|"drain";
}

export interface WorkerMessage__Output {
  'subscribe'?: (_conclave_v1_Subscribe__Output | null);
  'credits'?: (_conclave_v1_Credits__Output | null);
  'acts'?: (_conclave_v1_ActRequest__Output | null);
  'drain'?: (_conclave_v1_Drain__Output | null);
  'message'?: "subscribe"|"credits"|"acts"|"drain";
}
