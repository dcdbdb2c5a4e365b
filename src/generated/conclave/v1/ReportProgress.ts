// Original file: proto/conclave/v1/work.proto


export interface ReportProgress {
  'percent'?: (number);
  'note'?: (string);
}

export interface ReportProgress__Output {
  'percent': (number);
  'note': (string);
}
