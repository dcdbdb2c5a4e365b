// Original file: proto/conclave/v1/work.proto


export interface Drain {
}

export interface Drain__Output {
}
