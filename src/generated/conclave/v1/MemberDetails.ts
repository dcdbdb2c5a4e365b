// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberDetails {
  'address'?: (string);
  'incarnation'?: (string);
  'since'?: (number | string | Long);
  'promote'?: (boolean);
  'replaces'?: (string);
}

export interface MemberDetails__Output {
  'address': (string);
  'incarnation': (string);
  'since': (number);
  'promote': (boolean);
  'replaces': (string);
}
