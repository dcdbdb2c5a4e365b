// Original file: proto/conclave/v1/log.proto


export interface MembershipData {
  'voters'?: (string)[];
  'outgoing'?: (string)[];
  'learners'?: (string)[];
}

export interface MembershipData__Output {
  'voters': (string)[];
  'outgoing': (string)[];
  'learners': (string)[];
}
