// Original file: proto/conclave/v1/manage.proto

import type { Breaker as _conclave_v1_Breaker, Breaker__Output as _conclave_v1_Breaker__Output } from '../../conclave/v1/Breaker.ts';

export interface ListBreakersReply {
  'breakers'?: (_conclave_v1_Breaker)[];
  'next'?: (string);
}

export interface ListBreakersReply__Output {
  'breakers': (_conclave_v1_Breaker__Output)[];
  'next': (string);
}
