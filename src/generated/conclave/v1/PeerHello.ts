// Original file: proto/conclave/v1/peer.proto


export interface PeerHello {
  'protocol'?: (number);
  'clusterId'?: (string);
  'nodeId'?: (string);
  'incarnation'?: (string);
  'expectedNodeId'?: (string);
  'clientAddress'?: (string);
  'version'?: (string);
}

export interface PeerHello__Output {
  'protocol': (number);
  'clusterId': (string);
  'nodeId': (string);
  'incarnation': (string);
  'expectedNodeId': (string);
  'clientAddress': (string);
  'version': (string);
}
