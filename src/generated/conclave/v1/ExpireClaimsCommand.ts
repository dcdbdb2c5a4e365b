// Original file: proto/conclave/v1/log.proto

import type { ExpiredClaim as _conclave_v1_ExpiredClaim, ExpiredClaim__Output as _conclave_v1_ExpiredClaim__Output } from '../../conclave/v1/ExpiredClaim.ts';

export interface ExpireClaimsCommand {
  'claims'?: (_conclave_v1_ExpiredClaim)[];
}

export interface ExpireClaimsCommand__Output {
  'claims': (_conclave_v1_ExpiredClaim__Output)[];
}
