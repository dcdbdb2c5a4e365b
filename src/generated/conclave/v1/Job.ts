// Original file: proto/conclave/v1/job.proto

import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from '../../conclave/v1/JobSpec.ts';
import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { Claim as _conclave_v1_Claim, Claim__Output as _conclave_v1_Claim__Output } from '../../conclave/v1/Claim.ts';
import type { Attempt as _conclave_v1_Attempt, Attempt__Output as _conclave_v1_Attempt__Output } from '../../conclave/v1/Attempt.ts';
import type { Progress as _conclave_v1_Progress, Progress__Output as _conclave_v1_Progress__Output } from '../../conclave/v1/Progress.ts';
import type { Checkpoint as _conclave_v1_Checkpoint, Checkpoint__Output as _conclave_v1_Checkpoint__Output } from '../../conclave/v1/Checkpoint.ts';
import type { Dependency as _conclave_v1_Dependency, Dependency__Output as _conclave_v1_Dependency__Output } from '../../conclave/v1/Dependency.ts';
import type { Long } from '@grpc/proto-loader';

export interface Job {
  'spec'?: (_conclave_v1_JobSpec | null);
  'state'?: (_conclave_v1_JobState);
  'attempt'?: (number);
  'enqueuedAtMs'?: (number | string | Long);
  'dueAtMs'?: (number | string | Long);
  'finishedAtMs'?: (number | string | Long);
  'claim'?: (_conclave_v1_Claim | null);
  'history'?: (_conclave_v1_Attempt)[];
  'result'?: (Buffer | Uint8Array | string);
  'reason'?: (string);
  'cancelRequested'?: (boolean);
  'lastToken'?: (number | string | Long);
  'progress'?: (_conclave_v1_Progress | null);
  'checkpoint'?: (_conclave_v1_Checkpoint | null);
  'dependencies'?: (_conclave_v1_Dependency)[];
}

export interface Job__Output {
  'spec': (_conclave_v1_JobSpec__Output | null);
  'state': (_conclave_v1_JobState__Output);
  'attempt': (number);
  'enqueuedAtMs': (number);
  'dueAtMs': (number);
  'finishedAtMs': (number);
  'claim': (_conclave_v1_Claim__Output | null);
  'history': (_conclave_v1_Attempt__Output)[];
  'result': (Buffer);
  'reason': (string);
  'cancelRequested': (boolean);
  'lastToken': (number);
  'progress': (_conclave_v1_Progress__Output | null);
  'checkpoint': (_conclave_v1_Checkpoint__Output | null);
  'dependencies': (_conclave_v1_Dependency__Output)[];
}
