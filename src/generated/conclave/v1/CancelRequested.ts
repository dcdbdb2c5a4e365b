// Original file: proto/conclave/v1/work.proto

import type { HeldClaim as _conclave_v1_HeldClaim, HeldClaim__Output as _conclave_v1_HeldClaim__Output } from '../../conclave/v1/HeldClaim.ts';

export interface CancelRequested {
  'claims'?: (_conclave_v1_HeldClaim)[];
}

export interface CancelRequested__Output {
  'claims': (_conclave_v1_HeldClaim__Output)[];
}
