// Original file: proto/conclave/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberStatus {
  'nodeId'?: (string);
  'clientAddress'?: (string);
  'reachable'?: (boolean);
  'voter'?: (boolean);
  'matchIndex'?: (number | string | Long);
}

export interface MemberStatus__Output {
  'nodeId': (string);
  'clientAddress': (string);
  'reachable': (boolean);
  'voter': (boolean);
  'matchIndex': (number);
}
