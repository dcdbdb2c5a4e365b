// Original file: proto/conclave/v1/schedules.proto


export interface DeleteScheduleReply {
  'found'?: (boolean);
}

export interface DeleteScheduleReply__Output {
  'found': (boolean);
}
