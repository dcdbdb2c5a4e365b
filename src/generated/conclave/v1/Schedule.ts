// Original file: proto/conclave/v1/schedules.proto

import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from '../../conclave/v1/ScheduleSpec.ts';
import type { Long } from '@grpc/proto-loader';

export interface Schedule {
  'spec'?: (_conclave_v1_ScheduleSpec | null);
  'revision'?: (number | string | Long);
  'putBy'?: (string);
  'putAtMs'?: (number | string | Long);
  'paused'?: (boolean);
  'pausedBy'?: (string);
  'pausedWhy'?: (string);
  'pausedAtMs'?: (number | string | Long);
  'nextDueAtMs'?: (number | string | Long);
  'lastDueAtMs'?: (number | string | Long);
  'lastJobId'?: (string);
  'bufferedDueAtMs'?: (number | string | Long);
  'fired'?: (number | string | Long);
  'skipped'?: (number | string | Long);
  'missed'?: (number | string | Long);
  'lastSkipDueAtMs'?: (number | string | Long);
  'lastSkipReason'?: (string);
  'upcomingMs'?: (number | string | Long)[];
}

export interface Schedule__Output {
  'spec': (_conclave_v1_ScheduleSpec__Output | null);
  'revision': (number);
  'putBy': (string);
  'putAtMs': (number);
  'paused': (boolean);
  'pausedBy': (string);
  'pausedWhy': (string);
  'pausedAtMs': (number);
  'nextDueAtMs': (number);
  'lastDueAtMs': (number);
  'lastJobId': (string);
  'bufferedDueAtMs': (number);
  'fired': (number);
  'skipped': (number);
  'missed': (number);
  'lastSkipDueAtMs': (number);
  'lastSkipReason': (string);
  'upcomingMs': (number)[];
}
