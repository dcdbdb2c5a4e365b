// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface VoteRequest {
  'pre'?: (boolean);
  'term'?: (number | string | Long);
  'lastLogIndex'?: (number | string | Long);
  'lastLogTerm'?: (number | string | Long);
  'leadershipTransfer'?: (boolean);
  'handedOverUntil'?: (number | string | Long);
}

export interface VoteRequest__Output {
  'pre': (boolean);
  'term': (number);
  'lastLogIndex': (number);
  'lastLogTerm': (number);
  'leadershipTransfer': (boolean);
  'handedOverUntil': (number);
}
