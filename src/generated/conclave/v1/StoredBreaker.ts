// Original file: proto/conclave/v1/records.proto

import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from '../../conclave/v1/ByHand.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from '../../conclave/v1/BreakerPolicy.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/conclave/v1/records.proto

export const _conclave_v1_StoredBreaker_State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  STATE_CLOSED: 'STATE_CLOSED',
  STATE_OPEN: 'STATE_OPEN',
  STATE_HALF_OPEN: 'STATE_HALF_OPEN',
} as const;

export type _conclave_v1_StoredBreaker_State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'STATE_CLOSED'
  | 1
  | 'STATE_OPEN'
  | 2
  | 'STATE_HALF_OPEN'
  | 3

export type _conclave_v1_StoredBreaker_State__Output = typeof _conclave_v1_StoredBreaker_State[keyof typeof _conclave_v1_StoredBreaker_State]

export interface StoredBreaker {
  'agent'?: (string);
  'state'?: (_conclave_v1_StoredBreaker_State);
  'failures'?: (number);
  'openings'?: (number);
  'openedAtMs'?: (number | string | Long);
  'openUntilMs'?: (number | string | Long);
  'probeId'?: (string);
  'probeToken'?: (number | string | Long);
  'byHand'?: (_conclave_v1_ByHand | null);
  'lastError'?: (string);
  'policy'?: (_conclave_v1_BreakerPolicy | null);
  'lastFailedAtMs'?: (number | string | Long);
}

export interface StoredBreaker__Output {
  'agent': (string);
  'state': (_conclave_v1_StoredBreaker_State__Output);
  'failures': (number);
  'openings': (number);
  'openedAtMs': (number);
  'openUntilMs': (number);
  'probeId': (string);
  'probeToken': (number);
  'byHand': (_conclave_v1_ByHand__Output | null);
  'lastError': (string);
  'policy': (_conclave_v1_BreakerPolicy__Output | null);
  'lastFailedAtMs': (number);
}
