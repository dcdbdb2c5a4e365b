// Original file: proto/conclave/v1/log.proto

import type { MemberDetails as _conclave_v1_MemberDetails, MemberDetails__Output as _conclave_v1_MemberDetails__Output } from '../../conclave/v1/MemberDetails.ts';

export interface MembershipData {
  'voters'?: (string)[];
  'outgoing'?: (string)[];
  'learners'?: (string)[];
  'details'?: ({[key: string]: _conclave_v1_MemberDetails});
}

export interface MembershipData__Output {
  'voters': (string)[];
  'outgoing': (string)[];
  'learners': (string)[];
  'details': ({[key: string]: _conclave_v1_MemberDetails__Output});
}
