// Original file: proto/conclave/v1/peer.proto


export interface PeerRefusal {
  'code'?: (string);
  'message'?: (string);
}

export interface PeerRefusal__Output {
  'code': (string);
  'message': (string);
}
