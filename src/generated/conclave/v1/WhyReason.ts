// Original file: proto/conclave/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface WhyReason {
  'code'?: (string);
  'text'?: (string);
  'untilMs'?: (number | string | Long);
  'ids'?: (string)[];
}

export interface WhyReason__Output {
  'code': (string);
  'text': (string);
  'untilMs': (number);
  'ids': (string)[];
}
