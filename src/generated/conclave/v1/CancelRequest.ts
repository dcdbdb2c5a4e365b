// Original file: proto/conclave/v1/jobs.proto


export interface CancelRequest {
  'ids'?: (string)[];
  'reason'?: (string);
}

export interface CancelRequest__Output {
  'ids': (string)[];
  'reason': (string);
}
