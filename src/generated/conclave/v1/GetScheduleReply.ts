// Original file: proto/conclave/v1/schedules.proto

import type { Schedule as _conclave_v1_Schedule, Schedule__Output as _conclave_v1_Schedule__Output } from '../../conclave/v1/Schedule.ts';

export interface GetScheduleReply {
  'schedule'?: (_conclave_v1_Schedule | null);
}

export interface GetScheduleReply__Output {
  'schedule': (_conclave_v1_Schedule__Output | null);
}
