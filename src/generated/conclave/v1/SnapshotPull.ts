// Original file: proto/conclave/v1/peer.proto


export interface SnapshotPull {
  'afterKey'?: (Buffer | Uint8Array | string);
  'throughKey'?: (Buffer | Uint8Array | string);
  'checksum'?: (number);
  'maxBytes'?: (number);
}

export interface SnapshotPull__Output {
  'afterKey': (Buffer);
  'throughKey': (Buffer);
  'checksum': (number);
  'maxBytes': (number);
}
