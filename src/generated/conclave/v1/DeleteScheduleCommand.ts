// Original file: proto/conclave/v1/log.proto


export interface DeleteScheduleCommand {
  'name'?: (string);
}

export interface DeleteScheduleCommand__Output {
  'name': (string);
}
