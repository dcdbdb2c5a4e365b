// Original file: proto/conclave/v1/work.proto

import type { EndedClaim as _conclave_v1_EndedClaim, EndedClaim__Output as _conclave_v1_EndedClaim__Output } from '../../conclave/v1/EndedClaim.ts';

export interface ClaimsEnded {
  'claims'?: (_conclave_v1_EndedClaim)[];
}

export interface ClaimsEnded__Output {
  'claims': (_conclave_v1_EndedClaim__Output)[];
}
