// Original file: proto/conclave/v1/schedules.proto


export interface PauseScheduleRequest {
  'name'?: (string);
  'by'?: (string);
  'why'?: (string);
}

export interface PauseScheduleRequest__Output {
  'name': (string);
  'by': (string);
  'why': (string);
}
