// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface ClaimCommand {
  'workerId'?: (string);
  'queues'?: (string)[];
  'slots'?: (number);
  'session'?: (number | string | Long);
  'stream'?: (number);
}

export interface ClaimCommand__Output {
  'workerId': (string);
  'queues': (string)[];
  'slots': (number);
  'session': (number);
  'stream': (number);
}
