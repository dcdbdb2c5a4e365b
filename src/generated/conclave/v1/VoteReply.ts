// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface VoteReply {
  'pre'?: (boolean);
  'term'?: (number | string | Long);
  'granted'?: (boolean);
}

export interface VoteReply__Output {
  'pre': (boolean);
  'term': (number);
  'granted': (boolean);
}
