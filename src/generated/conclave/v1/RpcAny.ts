// Original file: proto/conclave/v1/errors.proto


export interface RpcAny {
  'typeUrl'?: (string);
  'value'?: (Buffer | Uint8Array | string);
}

export interface RpcAny__Output {
  'typeUrl': (string);
  'value': (Buffer);
}
