// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface TimeoutNow {
  'term'?: (number | string | Long);
  'untilRound'?: (number | string | Long);
}

export interface TimeoutNow__Output {
  'term': (number);
  'untilRound': (number);
}
