// Original file: proto/conclave/v1/manage.proto

import type { Breaker as _conclave_v1_Breaker, Breaker__Output as _conclave_v1_Breaker__Output } from '../../conclave/v1/Breaker.ts';

export interface SetBreakerReply {
  'breaker'?: (_conclave_v1_Breaker | null);
}

export interface SetBreakerReply__Output {
  'breaker': (_conclave_v1_Breaker__Output | null);
}
