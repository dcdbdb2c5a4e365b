// Original file: proto/conclave/v1/records.proto

import type { StoredJob as _conclave_v1_StoredJob, StoredJob__Output as _conclave_v1_StoredJob__Output } from '../../conclave/v1/StoredJob.ts';
import type { StoredMeta as _conclave_v1_StoredMeta, StoredMeta__Output as _conclave_v1_StoredMeta__Output } from '../../conclave/v1/StoredMeta.ts';
import type { StoredQueue as _conclave_v1_StoredQueue, StoredQueue__Output as _conclave_v1_StoredQueue__Output } from '../../conclave/v1/StoredQueue.ts';
import type { StoredBreaker as _conclave_v1_StoredBreaker, StoredBreaker__Output as _conclave_v1_StoredBreaker__Output } from '../../conclave/v1/StoredBreaker.ts';
import type { StoredSchedule as _conclave_v1_StoredSchedule, StoredSchedule__Output as _conclave_v1_StoredSchedule__Output } from '../../conclave/v1/StoredSchedule.ts';
import type { StoredDedup as _conclave_v1_StoredDedup, StoredDedup__Output as _conclave_v1_StoredDedup__Output } from '../../conclave/v1/StoredDedup.ts';
import type { StoredRate as _conclave_v1_StoredRate, StoredRate__Output as _conclave_v1_StoredRate__Output } from '../../conclave/v1/StoredRate.ts';
import type { StoredTurns as _conclave_v1_StoredTurns, StoredTurns__Output as _conclave_v1_StoredTurns__Output } from '../../conclave/v1/StoredTurns.ts';
import type { StoredPart as _conclave_v1_StoredPart, StoredPart__Output as _conclave_v1_StoredPart__Output } from '../../conclave/v1/StoredPart.ts';

export interface StoredRecord {
  'format'?: (number);
  'job'?: (_conclave_v1_StoredJob | null);
  'meta'?: (_conclave_v1_StoredMeta | null);
  'queue'?: (_conclave_v1_StoredQueue | null);
  'breaker'?: (_conclave_v1_StoredBreaker | null);
  'schedule'?: (_conclave_v1_StoredSchedule | null);
  'dedup'?: (_conclave_v1_StoredDedup | null);
  'rate'?: (_conclave_v1_StoredRate | null);
  'turns'?: (_conclave_v1_StoredTurns | null);
  'part'?: (_conclave_v1_StoredPart | null);
  'record'?: "job"|"meta"|"queue"|"breaker"|"schedule"|"dedup"|"rate"|"turns"|"part";
}

export interface StoredRecord__Output {
  'format': (number);
  'job'?: (_conclave_v1_StoredJob__Output | null);
  'meta'?: (_conclave_v1_StoredMeta__Output | null);
  'queue'?: (_conclave_v1_StoredQueue__Output | null);
  'breaker'?: (_conclave_v1_StoredBreaker__Output | null);
  'schedule'?: (_conclave_v1_StoredSchedule__Output | null);
  'dedup'?: (_conclave_v1_StoredDedup__Output | null);
  'rate'?: (_conclave_v1_StoredRate__Output | null);
  'turns'?: (_conclave_v1_StoredTurns__Output | null);
  'part'?: (_conclave_v1_StoredPart__Output | null);
  'record'?: "job"|"meta"|"queue"|"breaker"|"schedule"|"dedup"|"rate"|"turns"|"part";
}
