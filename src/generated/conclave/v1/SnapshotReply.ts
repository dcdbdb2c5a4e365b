// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotReply {
  'term'?: (number | string | Long);
  'round'?: (number | string | Long);
  'matchIndex'?: (number | string | Long);
}

export interface SnapshotReply__Output {
  'term': (number);
  'round': (number);
  'matchIndex': (number);
}
