// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface AppendRequest {
  'term'?: (number | string | Long);
  'prevLogIndex'?: (number | string | Long);
  'prevLogTerm'?: (number | string | Long);
  'entries'?: (Buffer | Uint8Array | string);
  'leaderCommit'?: (number | string | Long);
  'round'?: (number | string | Long);
  'matchedByAll'?: (number | string | Long);
  'acknowledged'?: (number | string | Long);
}

export interface AppendRequest__Output {
  'term': (number);
  'prevLogIndex': (number);
  'prevLogTerm': (number);
  'entries': (Buffer);
  'leaderCommit': (number);
  'round': (number);
  'matchedByAll': (number);
  'acknowledged': (number);
}
