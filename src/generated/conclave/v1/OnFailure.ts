// Original file: proto/conclave/v1/job.proto

export const OnFailure = {
  ON_FAILURE_UNSPECIFIED: 'ON_FAILURE_UNSPECIFIED',
  ON_FAILURE_FAIL: 'ON_FAILURE_FAIL',
  ON_FAILURE_CANCEL: 'ON_FAILURE_CANCEL',
  ON_FAILURE_RUN: 'ON_FAILURE_RUN',
} as const;

export type OnFailure =
  | 'ON_FAILURE_UNSPECIFIED'
  | 0
  | 'ON_FAILURE_FAIL'
  | 1
  | 'ON_FAILURE_CANCEL'
  | 2
  | 'ON_FAILURE_RUN'
  | 3

export type OnFailure__Output = typeof OnFailure[keyof typeof OnFailure]
