// Original file: proto/conclave/v1/settings.proto

import type { SwitchPatch as _conclave_v1_SwitchPatch, SwitchPatch__Output as _conclave_v1_SwitchPatch__Output } from '../../conclave/v1/SwitchPatch.ts';
import type { RateLimit as _conclave_v1_RateLimit, RateLimit__Output as _conclave_v1_RateLimit__Output } from '../../conclave/v1/RateLimit.ts';
import type { Weights as _conclave_v1_Weights, Weights__Output as _conclave_v1_Weights__Output } from '../../conclave/v1/Weights.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from '../../conclave/v1/BreakerPolicy.ts';
import type { RetryPolicy as _conclave_v1_RetryPolicy, RetryPolicy__Output as _conclave_v1_RetryPolicy__Output } from '../../conclave/v1/RetryPolicy.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueuePatch {
  'paused'?: (_conclave_v1_SwitchPatch | null);
  'closed'?: (_conclave_v1_SwitchPatch | null);
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
  '_paused'?: "paused";
  '_closed'?: "closed";
  '_maxRunning'?: "maxRunning";
  '_maxRunningPerAgent'?: "maxRunningPerAgent";
  '_maxRunningPerKey'?: "maxRunningPerKey";
  '_rate'?: "rate";
  '_ratePerKey'?: "ratePerKey";
  '_fair'?: "fair";
  '_weights'?: "weights";
  '_ageingMs'?: "ageingMs";
  '_breaker'?: "breaker";
  '_maxEnded'?: "maxEnded";
  '_maxEndedBytes'?: "maxEndedBytes";
  '_retry'?: "retry";
}

export interface QueuePatch__Output {
  'paused'?: (_conclave_v1_SwitchPatch__Output | null);
  'closed'?: (_conclave_v1_SwitchPatch__Output | null);
  'maxRunning'?: (number);
  'maxRunningPerAgent'?: (number);
  'maxRunningPerKey'?: (number);
  'rate'?: (_conclave_v1_RateLimit__Output | null);
  'ratePerKey'?: (_conclave_v1_RateLimit__Output | null);
  'fair'?: (boolean);
  'weights'?: (_conclave_v1_Weights__Output | null);
  'ageingMs'?: (number);
  'breaker'?: (_conclave_v1_BreakerPolicy__Output | null);
  'maxEnded'?: (number);
  'maxEndedBytes'?: (number);
  'retry'?: (_conclave_v1_RetryPolicy__Output | null);
  '_paused'?: "paused";
  '_closed'?: "closed";
  '_maxRunning'?: "maxRunning";
  '_maxRunningPerAgent'?: "maxRunningPerAgent";
  '_maxRunningPerKey'?: "maxRunningPerKey";
  '_rate'?: "rate";
  '_ratePerKey'?: "ratePerKey";
  '_fair'?: "fair";
  '_weights'?: "weights";
  '_ageingMs'?: "ageingMs";
  '_breaker'?: "breaker";
  '_maxEnded'?: "maxEnded";
  '_maxEndedBytes'?: "maxEndedBytes";
  '_retry'?: "retry";
}
