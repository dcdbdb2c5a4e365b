// Original file: proto/conclave/v1/cluster.proto


export interface TransferLeadershipRequest {
  'toNodeId'?: (string);
}

export interface TransferLeadershipRequest__Output {
  'toNodeId': (string);
}
