// Original file: proto/conclave/v1/peer.proto


export interface PeerAddress {
  'nodeId'?: (string);
  'address'?: (string);
}

export interface PeerAddress__Output {
  'nodeId': (string);
  'address': (string);
}
