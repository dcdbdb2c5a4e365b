// Original file: proto/conclave/v1/schedules.proto


export interface ResumeScheduleRequest {
  'name'?: (string);
  'by'?: (string);
}

export interface ResumeScheduleRequest__Output {
  'name': (string);
  'by': (string);
}
