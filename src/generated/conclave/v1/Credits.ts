// Original file: proto/conclave/v1/work.proto


export interface Credits {
  'count'?: (number);
}

export interface Credits__Output {
  'count': (number);
}
