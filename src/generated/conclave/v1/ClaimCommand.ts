// Original file: proto/conclave/v1/log.proto


export interface ClaimCommand {
  'workerId'?: (string);
  'queues'?: (string)[];
  'slots'?: (number);
}

export interface ClaimCommand__Output {
  'workerId': (string);
  'queues': (string)[];
  'slots': (number);
}
