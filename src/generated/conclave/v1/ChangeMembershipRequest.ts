// Original file: proto/conclave/v1/cluster.proto

import type { NewMember as _conclave_v1_NewMember, NewMember__Output as _conclave_v1_NewMember__Output } from '../../conclave/v1/NewMember.ts';

export interface ChangeMembershipRequest {
  'add'?: (_conclave_v1_NewMember)[];
  'promote'?: (string)[];
  'remove'?: (string)[];
  'force'?: (boolean);
}

export interface ChangeMembershipRequest__Output {
  'add': (_conclave_v1_NewMember__Output)[];
  'promote': (string)[];
  'remove': (string)[];
  'force': (boolean);
}
