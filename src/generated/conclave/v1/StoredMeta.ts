// Original file: proto/conclave/v1/records.proto

import type { Long } from '@grpc/proto-loader';

export interface StoredMeta {
  'appliedIndex'?: (number | string | Long);
  'nowMs'?: (number | string | Long);
  'nextSequence'?: (number | string | Long);
  'nextReadyOrder'?: (number | string | Long);
  'stateHash'?: (string);
  'enqueued'?: (number | string | Long);
  'purged'?: (number | string | Long);
  'attempts'?: (number | string | Long);
  'failures'?: (number | string | Long);
  'deaths'?: (number | string | Long);
  'rules'?: (number);
}

export interface StoredMeta__Output {
  'appliedIndex': (number);
  'nowMs': (number);
  'nextSequence': (number);
  'nextReadyOrder': (number);
  'stateHash': (string);
  'enqueued': (number);
  'purged': (number);
  'attempts': (number);
  'failures': (number);
  'deaths': (number);
  'rules': (number);
}
