// Original file: proto/conclave/v1/work.proto


export interface Release {
}

export interface Release__Output {
}
