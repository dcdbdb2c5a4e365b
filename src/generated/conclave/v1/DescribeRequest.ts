// Original file: proto/conclave/v1/peer.proto


export interface DescribeRequest {
}

export interface DescribeRequest__Output {
}
