// Original file: proto/conclave/v1/work.proto

import type { Priority as _conclave_v1_Priority, Priority__Output as _conclave_v1_Priority__Output } from '../../conclave/v1/Priority.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from '../../conclave/v1/Checkpoint.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from '../../conclave/v1/Dependency.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClaimedJob {
  'id'?: (string);
  'queue'?: (string);
  'priority'?: (_conclave_v1_Priority);
  'payload'?: (Buffer | Uint8Array | string);
  'agent'?: (string);
  'fencingToken'?: (number | string | Long);
  'attempt'?: (number);
  'maxAttempts'?: (number);
  'leaseMs'?: (number | string | Long);
  'expiresAtMs'?: (number | string | Long);
  'checkpoint'?: (_conclave_v1_Checkpoint | null);
  'dependencies'?: (_conclave_v1_Dependency)[];
  'attemptTimeoutMs'?: (number | string | Long);
  'tags'?: (string)[];
  'key'?: (string);
}

export interface ClaimedJob__Output {
  'id': (string);
  'queue': (string);
  'priority': (_conclave_v1_Priority__Output);
  'payload': (Buffer);
  'agent': (string);
  'fencingToken': (number);
  'attempt': (number);
  'maxAttempts': (number);
  'leaseMs': (number);
  'expiresAtMs': (number);
  'checkpoint': (_conclave_v1_Checkpoint__Output | null);
  'dependencies': (_conclave_v1_Dependency__Output)[];
  'attemptTimeoutMs': (number);
  'tags': (string)[];
  'key': (string);
}
