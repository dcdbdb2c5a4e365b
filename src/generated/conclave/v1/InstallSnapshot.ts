// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface InstallSnapshot {
  'term'?: (number | string | Long);
  'lastIncludedIndex'?: (number | string | Long);
  'lastIncludedTerm'?: (number | string | Long);
  'round'?: (number | string | Long);
  'acknowledged'?: (number | string | Long);
}

export interface InstallSnapshot__Output {
  'term': (number);
  'lastIncludedIndex': (number);
  'lastIncludedTerm': (number);
  'round': (number);
  'acknowledged': (number);
}
