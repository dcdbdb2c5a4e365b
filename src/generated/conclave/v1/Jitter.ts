// Original file: proto/conclave/v1/job.proto

export const Jitter = {
  JITTER_UNSPECIFIED: 'JITTER_UNSPECIFIED',
  JITTER_NONE: 'JITTER_NONE',
  JITTER_EQUAL: 'JITTER_EQUAL',
  JITTER_FULL: 'JITTER_FULL',
  JITTER_DECORRELATED: 'JITTER_DECORRELATED',
} as const;

export type Jitter =
  | 'JITTER_UNSPECIFIED'
  | 0
  | 'JITTER_NONE'
  | 1
  | 'JITTER_EQUAL'
  | 2
  | 'JITTER_FULL'
  | 3
  | 'JITTER_DECORRELATED'
  | 4

export type Jitter__Output = typeof Jitter[keyof typeof Jitter]
