// Original file: proto/conclave/v1/peer.proto

import type { PeerAddress as _conclave_v1_PeerAddress, PeerAddress__Output as _conclave_v1_PeerAddress__Output } from '../../conclave/v1/PeerAddress.ts';

export interface ClusterDescription {
  'clusterId'?: (string);
  'clusterName'?: (string);
  'leaderId'?: (string);
  'leaderPeerAddress'?: (string);
  'members'?: (_conclave_v1_PeerAddress)[];
  'format'?: (number);
}

export interface ClusterDescription__Output {
  'clusterId': (string);
  'clusterName': (string);
  'leaderId': (string);
  'leaderPeerAddress': (string);
  'members': (_conclave_v1_PeerAddress__Output)[];
  'format': (number);
}
