// Original file: proto/conclave/v1/records.proto

import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from '../../conclave/v1/ByHand.ts';
import type { RateLimit as _conclave_v1_RateLimit, RateLimit__Output as _conclave_v1_RateLimit__Output } from '../../conclave/v1/RateLimit.ts';
import type { Weights as _conclave_v1_Weights, Weights__Output as _conclave_v1_Weights__Output } from '../../conclave/v1/Weights.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from '../../conclave/v1/BreakerPolicy.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from '../../conclave/v1/RetryPolicy.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredQueue {
  'queue'?: (string);
  'paused'?: (_conclave_v1_ByHand | null);
  'closed'?: (_conclave_v1_ByHand | null);
  'maxRunning'?: (number | string | Long);
  'maxRunningPerAgent'?: (number | string | Long);
  'maxRunningPerKey'?: (number | string | Long);
  'rate'?: (_conclave_v1_RateLimit | null);
  'ratePerKey'?: (_conclave_v1_RateLimit | null);
  'fair'?: (boolean);
  'weights'?: (_conclave_v1_Weights | null);
  'ageingMs'?: (number | string | Long);
  'breaker'?: (_conclave_v1_BreakerPolicy | null);
  'maxEnded'?: (number | string | Long);
  'maxEndedBytes'?: (number | string | Long);
  'retry'?: (_conclave_v1_RetryPolicy | null);
}

export interface StoredQueue__Output {
  'queue': (string);
  'paused': (_conclave_v1_ByHand__Output | null);
  'closed': (_conclave_v1_ByHand__Output | null);
  'maxRunning': (number);
  'maxRunningPerAgent': (number);
  'maxRunningPerKey': (number);
  'rate': (_conclave_v1_RateLimit__Output | null);
  'ratePerKey': (_conclave_v1_RateLimit__Output | null);
  'fair': (boolean);
  'weights': (_conclave_v1_Weights__Output | null);
  'ageingMs': (number);
  'breaker': (_conclave_v1_BreakerPolicy__Output | null);
  'maxEnded': (number);
  'maxEndedBytes': (number);
  'retry': (_conclave_v1_RetryPolicy__Output | null);
}
