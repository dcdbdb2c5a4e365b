// Original file: proto/conclave/v1/cluster.proto


export interface StatusRequest {
  'linearizable'?: (boolean);
}

export interface StatusRequest__Output {
  'linearizable': (boolean);
}
