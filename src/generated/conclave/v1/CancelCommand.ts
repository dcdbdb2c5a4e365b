// Original file: proto/conclave/v1/log.proto


export interface CancelCommand {
  'ids'?: (string)[];
  'reason'?: (string);
}

export interface CancelCommand__Output {
  'ids': (string)[];
  'reason': (string);
}
