// Original file: proto/conclave/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberStatus {
  'nodeId'?: (string);
  'clientAddress'?: (string);
  'reachable'?: (boolean);
  'voter'?: (boolean);
  'matchIndex'?: (number | string | Long);
  'peerAddress'?: (string);
  'progress'?: (string);
  'snapshotBytes'?: (number | string | Long);
  'snapshotTotalBytes'?: (number | string | Long);
  'promotes'?: (boolean);
  'outgoing'?: (boolean);
  'version'?: (string);
}

export interface MemberStatus__Output {
  'nodeId': (string);
  'clientAddress': (string);
  'reachable': (boolean);
  'voter': (boolean);
  'matchIndex': (number);
  'peerAddress': (string);
  'progress': (string);
  'snapshotBytes': (number);
  'snapshotTotalBytes': (number);
  'promotes': (boolean);
  'outgoing': (boolean);
  'version': (string);
}
