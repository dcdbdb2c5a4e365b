// Original file: proto/conclave/v1/schedules.proto

import type { Consistency as _conclave_v1_Consistency, Consistency__Output as _conclave_v1_Consistency__Output } from '../../conclave/v1/Consistency.ts';

export interface GetScheduleRequest {
  'name'?: (string);
  'upcoming'?: (number);
  'consistency'?: (_conclave_v1_Consistency);
}

export interface GetScheduleRequest__Output {
  'name': (string);
  'upcoming': (number);
  'consistency': (_conclave_v1_Consistency__Output);
}
