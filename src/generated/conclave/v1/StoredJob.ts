// Original file: proto/conclave/v1/records.proto

import type { Job as _conclave_v1_Job, Job__Output as _conclave_v1_Job__Output } from '../../conclave/v1/Job.ts';
import type { AttemptEnd as _conclave_v1_AttemptEnd, AttemptEnd__Output as _conclave_v1_AttemptEnd__Output } from '../../conclave/v1/AttemptEnd.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredJob {
  'job'?: (_conclave_v1_Job | null);
  'sequence'?: (number | string | Long);
  'readyOrder'?: (number | string | Long);
  'lastEnd'?: (_conclave_v1_AttemptEnd);
  'claimSession'?: (number | string | Long);
  'claimStream'?: (number);
  'queuedAtMs'?: (number | string | Long);
  'lastDelayMs'?: (number | string | Long);
  'readyAtMs'?: (number | string | Long);
  'redrivenAtMs'?: (number | string | Long);
}

export interface StoredJob__Output {
  'job': (_conclave_v1_Job__Output | null);
  'sequence': (number);
  'readyOrder': (number);
  'lastEnd': (_conclave_v1_AttemptEnd__Output);
  'claimSession': (number);
  'claimStream': (number);
  'queuedAtMs': (number);
  'lastDelayMs': (number);
  'readyAtMs': (number);
  'redrivenAtMs': (number);
}
