// Original file: proto/conclave/v1/records.proto

import type { Long } from '@grpc/proto-loader';

export interface _conclave_v1_StoredTurns_Level {
  'time'?: (number | string | Long);
  'ahead'?: (_conclave_v1_StoredTurns_Turn)[];
}

export interface _conclave_v1_StoredTurns_Level__Output {
  'time': (number);
  'ahead': (_conclave_v1_StoredTurns_Turn__Output)[];
}

export interface _conclave_v1_StoredTurns_Turn {
  'key'?: (string);
  'turn'?: (number | string | Long);
}

export interface _conclave_v1_StoredTurns_Turn__Output {
  'key': (string);
  'turn': (number);
}

export interface StoredTurns {
  'queue'?: (string);
  'levels'?: (_conclave_v1_StoredTurns_Level)[];
}

export interface StoredTurns__Output {
  'queue': (string);
  'levels': (_conclave_v1_StoredTurns_Level__Output)[];
}
