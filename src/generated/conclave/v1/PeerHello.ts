// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerHello {
  'protocol'?: (number);
  'clusterId'?: (string);
  'nodeId'?: (string);
  'incarnation'?: (string);
  'expectedNodeId'?: (string);
  'clientAddress'?: (string);
  'version'?: (string);
  'peerAddress'?: (string);
  'configurationIndex'?: (number | string | Long);
  'minFormat'?: (number);
  'maxFormat'?: (number);
  'member'?: (boolean);
  'founding'?: (boolean);
}

export interface PeerHello__Output {
  'protocol': (number);
  'clusterId': (string);
  'nodeId': (string);
  'incarnation': (string);
  'expectedNodeId': (string);
  'clientAddress': (string);
  'version': (string);
  'peerAddress': (string);
  'configurationIndex': (number);
  'minFormat': (number);
  'maxFormat': (number);
  'member': (boolean);
  'founding': (boolean);
}
