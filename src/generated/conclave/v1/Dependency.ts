// Original file: proto/conclave/v1/job.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';

export interface Dependency {
  'id'?: (string);
  'state'?: (_conclave_v1_JobState);
  'result'?: (Buffer | Uint8Array | string);
  'resultDropped'?: (boolean);
  'reason'?: (string);
}

export interface Dependency__Output {
  'id': (string);
  'state': (_conclave_v1_JobState__Output);
  'result': (Buffer);
  'resultDropped': (boolean);
  'reason': (string);
}
