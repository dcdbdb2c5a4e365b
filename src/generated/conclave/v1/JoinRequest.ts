// Original file: proto/conclave/v1/peer.proto


export interface JoinRequest {
  'clusterId'?: (string);
  'nodeId'?: (string);
  'address'?: (string);
  'incarnation'?: (string);
  'replacesIncarnation'?: (string);
  'rejoin'?: (boolean);
  'voter'?: (boolean);
  'minFormat'?: (number);
  'maxFormat'?: (number);
}

export interface JoinRequest__Output {
  'clusterId': (string);
  'nodeId': (string);
  'address': (string);
  'incarnation': (string);
  'replacesIncarnation': (string);
  'rejoin': (boolean);
  'voter': (boolean);
  'minFormat': (number);
  'maxFormat': (number);
}
