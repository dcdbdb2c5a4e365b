// Original file: proto/conclave/v1/records.proto


export interface SnapshotChunk {
  'pairs'?: (Buffer | Uint8Array | string);
  'checksum'?: (number);
  'lastKey'?: (Buffer | Uint8Array | string);
  'same'?: (boolean);
  'isLast'?: (boolean);
}

export interface SnapshotChunk__Output {
  'pairs': (Buffer);
  'checksum': (number);
  'lastKey': (Buffer);
  'same': (boolean);
  'isLast': (boolean);
}
