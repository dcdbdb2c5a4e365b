// Original file: proto/conclave/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface SetBreakerRequest {
  'agent'?: (string);
  'open'?: (boolean);
  'openMs'?: (number | string | Long);
  'by'?: (string);
  'why'?: (string);
}

export interface SetBreakerRequest__Output {
  'agent': (string);
  'open': (boolean);
  'openMs': (number);
  'by': (string);
  'why': (string);
}
