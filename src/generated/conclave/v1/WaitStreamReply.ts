// Original file: proto/conclave/v1/jobs.proto

import type { EndedJob as _conclave_v1_EndedJob, EndedJob__Output as _conclave_v1_EndedJob__Output } from '../../conclave/v1/EndedJob.ts';
import type { Long } from '@grpc/proto-loader';

export interface WaitStreamReply {
  'requestId'?: (number | string | Long);
  'jobs'?: (_conclave_v1_EndedJob)[];
}

export interface WaitStreamReply__Output {
  'requestId': (number);
  'jobs': (_conclave_v1_EndedJob__Output)[];
}
