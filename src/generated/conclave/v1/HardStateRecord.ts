// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface HardStateRecord {
  'currentTerm'?: (number | string | Long);
  'votedFor'?: (string);
}

export interface HardStateRecord__Output {
  'currentTerm': (number);
  'votedFor': (string);
}
