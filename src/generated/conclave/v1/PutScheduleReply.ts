// Original file: proto/conclave/v1/schedules.proto

import type { Schedule as _conclave_v1_Schedule, Schedule__Output as _conclave_v1_Schedule__Output } from '../../conclave/v1/Schedule.ts';

// Original file: proto/conclave/v1/schedules.proto

export const _conclave_v1_PutScheduleReply_Change = {
  CHANGE_UNSPECIFIED: 'CHANGE_UNSPECIFIED',
  CHANGE_CREATED: 'CHANGE_CREATED',
  CHANGE_REPLACED: 'CHANGE_REPLACED',
  CHANGE_NONE: 'CHANGE_NONE',
} as const;

export type _conclave_v1_PutScheduleReply_Change =
  | 'CHANGE_UNSPECIFIED'
  | 0
  | 'CHANGE_CREATED'
  | 1
  | 'CHANGE_REPLACED'
  | 2
  | 'CHANGE_NONE'
  | 3

export type _conclave_v1_PutScheduleReply_Change__Output = typeof _conclave_v1_PutScheduleReply_Change[keyof typeof _conclave_v1_PutScheduleReply_Change]

export interface PutScheduleReply {
  'schedule'?: (_conclave_v1_Schedule | null);
  'change'?: (_conclave_v1_PutScheduleReply_Change);
}

export interface PutScheduleReply__Output {
  'schedule': (_conclave_v1_Schedule__Output | null);
  'change': (_conclave_v1_PutScheduleReply_Change__Output);
}
