// Original file: proto/conclave/v1/job.proto

export const Backoff = {
  BACKOFF_UNSPECIFIED: 'BACKOFF_UNSPECIFIED',
  BACKOFF_EXPONENTIAL: 'BACKOFF_EXPONENTIAL',
  BACKOFF_LINEAR: 'BACKOFF_LINEAR',
  BACKOFF_FIXED: 'BACKOFF_FIXED',
  BACKOFF_LIST: 'BACKOFF_LIST',
} as const;

export type Backoff =
  | 'BACKOFF_UNSPECIFIED'
  | 0
  | 'BACKOFF_EXPONENTIAL'
  | 1
  | 'BACKOFF_LINEAR'
  | 2
  | 'BACKOFF_FIXED'
  | 3
  | 'BACKOFF_LIST'
  | 4

export type Backoff__Output = typeof Backoff[keyof typeof Backoff]
