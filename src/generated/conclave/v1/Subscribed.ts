// Original file: proto/conclave/v1/work.proto

import type { Long } from '@grpc/proto-loader';

export interface Subscribed {
  'leaderId'?: (string);
  'term'?: (number | string | Long);
}

export interface Subscribed__Output {
  'leaderId': (string);
  'term': (number);
}
