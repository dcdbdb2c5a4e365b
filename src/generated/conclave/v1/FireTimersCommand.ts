// Original file: proto/conclave/v1/log.proto


export interface FireTimersCommand {
}

export interface FireTimersCommand__Output {
}
