// Original file: proto/conclave/v1/work.proto


export interface Extend {
}

export interface Extend__Output {
}
