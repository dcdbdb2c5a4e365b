// Original file: proto/conclave/v1/jobs.proto

export const JobState = {
  JOB_STATE_UNSPECIFIED: 'JOB_STATE_UNSPECIFIED',
  JOB_STATE_SCHEDULED: 'JOB_STATE_SCHEDULED',
  JOB_STATE_READY: 'JOB_STATE_READY',
  JOB_STATE_RUNNING: 'JOB_STATE_RUNNING',
  JOB_STATE_COMPLETED: 'JOB_STATE_COMPLETED',
  JOB_STATE_DEAD: 'JOB_STATE_DEAD',
  JOB_STATE_CANCELLED: 'JOB_STATE_CANCELLED',
} as const;

export type JobState =
  | 'JOB_STATE_UNSPECIFIED'
  | 0
  | 'JOB_STATE_SCHEDULED'
  | 1
  | 'JOB_STATE_READY'
  | 2
  | 'JOB_STATE_RUNNING'
  | 3
  | 'JOB_STATE_COMPLETED'
  | 4
  | 'JOB_STATE_DEAD'
  | 5
  | 'JOB_STATE_CANCELLED'
  | 6

export type JobState__Output = typeof JobState[keyof typeof JobState]
