// Original file: proto/conclave/v1/log.proto


export interface BeginTermCommand {
  'leader'?: (string);
  'rules'?: (number);
}

export interface BeginTermCommand__Output {
  'leader': (string);
  'rules': (number);
}
