// Original file: proto/conclave/v1/manage.proto

import type { JobState as _conclave_v1_JobState, JobState__Output as _conclave_v1_JobState__Output } from '../../conclave/v1/JobState.ts';
import type { WhyReason as _conclave_v1_WhyReason, WhyReason__Output as _conclave_v1_WhyReason__Output } from '../../conclave/v1/WhyReason.ts';

export interface WhyReply {
  'id'?: (string);
  'state'?: (_conclave_v1_JobState);
  'reasons'?: (_conclave_v1_WhyReason)[];
}

export interface WhyReply__Output {
  'id': (string);
  'state': (_conclave_v1_JobState__Output);
  'reasons': (_conclave_v1_WhyReason__Output)[];
}
