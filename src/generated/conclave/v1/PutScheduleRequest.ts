// Original file: proto/conclave/v1/schedules.proto

import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from '../../conclave/v1/ScheduleSpec.ts';

export interface PutScheduleRequest {
  'spec'?: (_conclave_v1_ScheduleSpec | null);
  'by'?: (string);
}

export interface PutScheduleRequest__Output {
  'spec': (_conclave_v1_ScheduleSpec__Output | null);
  'by': (string);
}
