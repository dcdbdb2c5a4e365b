// Original file: proto/conclave/v1/errors.proto

import type { Long } from '@grpc/proto-loader';

export interface ErrorDetail {
  'code'?: (string);
  'message'?: (string);
  'retryable'?: (boolean);
  'leaderId'?: (string);
  'leaderAddress'?: (string);
  'retryAfterMs'?: (number | string | Long);
  'resumeIndex'?: (number | string | Long);
}

export interface ErrorDetail__Output {
  'code': (string);
  'message': (string);
  'retryable': (boolean);
  'leaderId': (string);
  'leaderAddress': (string);
  'retryAfterMs': (number);
  'resumeIndex': (number);
}
