// Original file: proto/conclave/v1/manage.proto

import type { BreakerState as _conclave_v1_BreakerState, BreakerState__Output as _conclave_v1_BreakerState__Output } from '../../conclave/v1/BreakerState.ts';
import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from '../../conclave/v1/ByHand.ts';
import type { BreakerPolicy as _conclave_v1_BreakerPolicy, BreakerPolicy__Output as _conclave_v1_BreakerPolicy__Output } from '../../conclave/v1/BreakerPolicy.ts';
import type { Long } from '@grpc/proto-loader';

export interface Breaker {
  'agent'?: (string);
  'state'?: (_conclave_v1_BreakerState);
  'failures'?: (number);
  'openings'?: (number);
  'openedAtMs'?: (number | string | Long);
  'openUntilMs'?: (number | string | Long);
  'probeId'?: (string);
  'probeToken'?: (number | string | Long);
  'byHand'?: (_conclave_v1_ByHand | null);
  'lastError'?: (string);
  'policy'?: (_conclave_v1_BreakerPolicy | null);
}

export interface Breaker__Output {
  'agent': (string);
  'state': (_conclave_v1_BreakerState__Output);
  'failures': (number);
  'openings': (number);
  'openedAtMs': (number);
  'openUntilMs': (number);
  'probeId': (string);
  'probeToken': (number);
  'byHand': (_conclave_v1_ByHand__Output | null);
  'lastError': (string);
  'policy': (_conclave_v1_BreakerPolicy__Output | null);
}
