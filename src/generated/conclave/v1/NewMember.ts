// Original file: proto/conclave/v1/cluster.proto


export interface NewMember {
  'nodeId'?: (string);
  'address'?: (string);
  'promote'?: (boolean);
  'replaces'?: (string);
}

export interface NewMember__Output {
  'nodeId': (string);
  'address': (string);
  'promote': (boolean);
  'replaces': (string);
}
