// Original file: proto/conclave/v1/work.proto


export interface SaveCheckpoint {
  'data'?: (Buffer | Uint8Array | string);
}

export interface SaveCheckpoint__Output {
  'data': (Buffer);
}
