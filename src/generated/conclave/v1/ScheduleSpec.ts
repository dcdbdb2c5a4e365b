// Original file: proto/conclave/v1/schedules.proto

import type { JobSpec as _conclave_v1_JobSpec, JobSpec__Output as _conclave_v1_JobSpec__Output } from '../../conclave/v1/JobSpec.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/conclave/v1/schedules.proto

export const _conclave_v1_ScheduleSpec_Overlap = {
  OVERLAP_UNSPECIFIED: 'OVERLAP_UNSPECIFIED',
  OVERLAP_SKIP: 'OVERLAP_SKIP',
  OVERLAP_ALLOW: 'OVERLAP_ALLOW',
  OVERLAP_BUFFER_ONE: 'OVERLAP_BUFFER_ONE',
} as const;

export type _conclave_v1_ScheduleSpec_Overlap =
  | 'OVERLAP_UNSPECIFIED'
  | 0
  | 'OVERLAP_SKIP'
  | 1
  | 'OVERLAP_ALLOW'
  | 2
  | 'OVERLAP_BUFFER_ONE'
  | 3

export type _conclave_v1_ScheduleSpec_Overlap__Output = typeof _conclave_v1_ScheduleSpec_Overlap[keyof typeof _conclave_v1_ScheduleSpec_Overlap]

export interface ScheduleSpec {
  'name'?: (string);
  'cron'?: (string);
  'timeZone'?: (string);
  'everyMs'?: (number | string | Long);
  'job'?: (_conclave_v1_JobSpec | null);
  'overlap'?: (_conclave_v1_ScheduleSpec_Overlap);
  'catchUpMs'?: (number | string | Long);
  'jitterMs'?: (number | string | Long);
  'startAtMs'?: (number | string | Long);
  'endAtMs'?: (number | string | Long);
}

export interface ScheduleSpec__Output {
  'name': (string);
  'cron': (string);
  'timeZone': (string);
  'everyMs': (number);
  'job': (_conclave_v1_JobSpec__Output | null);
  'overlap': (_conclave_v1_ScheduleSpec_Overlap__Output);
  'catchUpMs': (number);
  'jitterMs': (number);
  'startAtMs': (number);
  'endAtMs': (number);
}
