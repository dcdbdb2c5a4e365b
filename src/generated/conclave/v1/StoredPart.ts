// Original file: proto/conclave/v1/records.proto

import type { StoredJob as _conclave_v1_StoredJob, StoredJob__Output as _conclave_v1_StoredJob__Output } from '../../conclave/v1/StoredJob.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredPart {
  'page'?: (number | string | Long);
  'part'?: (number);
  'jobs'?: (_conclave_v1_StoredJob)[];
  'gone'?: (number | string | Long)[];
}

export interface StoredPart__Output {
  'page': (number);
  'part': (number);
  'jobs': (_conclave_v1_StoredJob__Output)[];
  'gone': (number)[];
}
