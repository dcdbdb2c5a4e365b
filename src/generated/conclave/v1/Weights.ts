// Original file: proto/conclave/v1/settings.proto


export interface Weights {
  'byKey'?: ({[key: string]: number});
}

export interface Weights__Output {
  'byKey': ({[key: string]: number});
}
