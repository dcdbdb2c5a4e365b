// Original file: proto/conclave/v1/settings.proto

import type { Long } from '@grpc/proto-loader';

export interface ByHand {
  'by'?: (string);
  'why'?: (string);
  'atMs'?: (number | string | Long);
}

export interface ByHand__Output {
  'by': (string);
  'why': (string);
  'atMs': (number);
}
