// Original file: proto/conclave/v1/job.proto

import type { Priority as _conclave_v1_Priority, Priority__Output as _conclave_v1_Priority__Output } from '../../conclave/v1/Priority.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from '../../conclave/v1/RetryPolicy.ts';
import type { Dedup as _conclave_v1_Dedup, Dedup__Output as _conclave_v1_Dedup__Output } from '../../conclave/v1/Dedup.ts';
import type { Timeouts as _conclave_v1_Timeouts, Timeouts__Output as _conclave_v1_Timeouts__Output } from '../../conclave/v1/Timeouts.ts';
import type { WaitFor as _conclave_v1_WaitFor, WaitFor__Output as _conclave_v1_WaitFor__Output } from '../../conclave/v1/WaitFor.ts';
import type { Long } from '@grpc/proto-loader';

export interface JobSpec {
  'id'?: (string);
  'queue'?: (string);
  'priority'?: (_conclave_v1_Priority);
  'payload'?: (Buffer | Uint8Array | string);
  'agent'?: (string);
  'runAtMs'?: (number | string | Long);
  'delayMs'?: (number | string | Long);
  'retry'?: (_conclave_v1_RetryPolicy | null);
  'leaseMs'?: (number | string | Long);
  'retentionMs'?: (number | string | Long);
  'deadRetentionMs'?: (number | string | Long);
  'tags'?: (string)[];
  'key'?: (string);
  'dedup'?: (_conclave_v1_Dedup | null);
  'timeouts'?: (_conclave_v1_Timeouts | null);
  'rejectWhenOpen'?: (boolean);
  'waitFor'?: (_conclave_v1_WaitFor | null);
}

export interface JobSpec__Output {
  'id': (string);
  'queue': (string);
  'priority': (_conclave_v1_Priority__Output);
  'payload': (Buffer);
  'agent': (string);
  'runAtMs': (number);
  'delayMs': (number);
  'retry': (_conclave_v1_RetryPolicy__Output | null);
  'leaseMs': (number);
  'retentionMs': (number);
  'deadRetentionMs': (number);
  'tags': (string)[];
  'key': (string);
  'dedup': (_conclave_v1_Dedup__Output | null);
  'timeouts': (_conclave_v1_Timeouts__Output | null);
  'rejectWhenOpen': (boolean);
  'waitFor': (_conclave_v1_WaitFor__Output | null);
}
