// Original file: proto/conclave/v1/jobs.proto

import type { Priority as _conclave_v1_Priority, Priority__Output as _conclave_v1_Priority__Output } from '../../conclave/v1/Priority.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from '../../conclave/v1/RetryPolicy.ts';
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
}
