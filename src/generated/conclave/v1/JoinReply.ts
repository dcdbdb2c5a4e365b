// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface JoinReply {
  'configurationIndex'?: (number | string | Long);
}

export interface JoinReply__Output {
  'configurationIndex': (number);
}
