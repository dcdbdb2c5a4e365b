// Original file: proto/conclave/v1/schedules.proto

import type { Schedule as _conclave_v1_Schedule, Schedule__Output as _conclave_v1_Schedule__Output } from '../../conclave/v1/Schedule.ts';

export interface ListSchedulesReply {
  'schedules'?: (_conclave_v1_Schedule)[];
}

export interface ListSchedulesReply__Output {
  'schedules': (_conclave_v1_Schedule__Output)[];
}
