// Original file: proto/conclave/v1/work.proto


export interface Subscribe {
  'workerId'?: (string);
  'queues'?: (string)[];
  'credits'?: (number);
}

export interface Subscribe__Output {
  'workerId': (string);
  'queues': (string)[];
  'credits': (number);
}
