// Original file: proto/conclave/v1/records.proto

import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from '../../conclave/v1/ScheduleSpec.ts';
import type { ByHand as _conclave_v1_ByHand, ByHand__Output as _conclave_v1_ByHand__Output } from '../../conclave/v1/ByHand.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredSchedule {
  'spec'?: (_conclave_v1_ScheduleSpec | null);
  'revision'?: (number | string | Long);
  'paused'?: (_conclave_v1_ByHand | null);
  'put'?: (_conclave_v1_ByHand | null);
  'nextDueAtMs'?: (number | string | Long);
  'lastDueAtMs'?: (number | string | Long);
  'lastJobId'?: (string);
  'bufferedDueAtMs'?: (number | string | Long);
  'fired'?: (number | string | Long);
  'skipped'?: (number | string | Long);
  'missed'?: (number | string | Long);
  'lastSkipDueAtMs'?: (number | string | Long);
  'lastSkipReason'?: (string);
}

export interface StoredSchedule__Output {
  'spec': (_conclave_v1_ScheduleSpec__Output | null);
  'revision': (number);
  'paused': (_conclave_v1_ByHand__Output | null);
  'put': (_conclave_v1_ByHand__Output | null);
  'nextDueAtMs': (number);
  'lastDueAtMs': (number);
  'lastJobId': (string);
  'bufferedDueAtMs': (number);
  'fired': (number);
  'skipped': (number);
  'missed': (number);
  'lastSkipDueAtMs': (number);
  'lastSkipReason': (string);
}
