// Original file: proto/conclave/v1/work.proto


export interface Complete {
  'result'?: (Buffer | Uint8Array | string);
}

export interface Complete__Output {
  'result': (Buffer);
}
