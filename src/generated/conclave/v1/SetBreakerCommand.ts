// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface SetBreakerCommand {
  'agent'?: (string);
  'open'?: (boolean);
  'openMs'?: (number | string | Long);
  'by'?: (string);
  'why'?: (string);
}

export interface SetBreakerCommand__Output {
  'agent': (string);
  'open': (boolean);
  'openMs': (number);
  'by': (string);
  'why': (string);
}
