// Original file: proto/conclave/v1/schedules.proto


export interface RunScheduleRequest {
  'name'?: (string);
  'jobId'?: (string);
}

export interface RunScheduleRequest__Output {
  'name': (string);
  'jobId': (string);
}
