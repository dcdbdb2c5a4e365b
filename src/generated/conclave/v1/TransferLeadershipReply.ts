// Original file: proto/conclave/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface TransferLeadershipReply {
  'leaderId'?: (string);
  'term'?: (number | string | Long);
}

export interface TransferLeadershipReply__Output {
  'leaderId': (string);
  'term': (number);
}
