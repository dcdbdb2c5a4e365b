// Original file: proto/conclave/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface ChangeMembershipReply {
  'configurationIndex'?: (number | string | Long);
}

export interface ChangeMembershipReply__Output {
  'configurationIndex': (number);
}
