// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface AppendReply {
  'term'?: (number | string | Long);
  'round'?: (number | string | Long);
  'ok'?: (boolean);
  'matchIndex'?: (number | string | Long);
  'rejectedIndex'?: (number | string | Long);
  'hintIndex'?: (number | string | Long);
  'conflictTerm'?: (number | string | Long);
}

export interface AppendReply__Output {
  'term': (number);
  'round': (number);
  'ok': (boolean);
  'matchIndex': (number);
  'rejectedIndex': (number);
  'hintIndex': (number);
  'conflictTerm': (number);
}
