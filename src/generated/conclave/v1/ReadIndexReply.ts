// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadIndexReply {
  'term'?: (number | string | Long);
  'id'?: (number | string | Long);
  'ok'?: (boolean);
  'index'?: (number | string | Long);
}

export interface ReadIndexReply__Output {
  'term': (number);
  'id': (number);
  'ok': (boolean);
  'index': (number);
}
