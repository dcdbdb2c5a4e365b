// Original file: proto/conclave/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadIndexRequest {
  'term'?: (number | string | Long);
  'id'?: (number | string | Long);
}

export interface ReadIndexRequest__Output {
  'term': (number);
  'id': (number);
}
