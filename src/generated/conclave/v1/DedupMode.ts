// Original file: proto/conclave/v1/job.proto

export const DedupMode = {
  DEDUP_MODE_UNSPECIFIED: 'DEDUP_MODE_UNSPECIFIED',
  DEDUP_MODE_RETURN: 'DEDUP_MODE_RETURN',
  DEDUP_MODE_REJECT: 'DEDUP_MODE_REJECT',
  DEDUP_MODE_REPLACE: 'DEDUP_MODE_REPLACE',
  DEDUP_MODE_FORCE: 'DEDUP_MODE_FORCE',
} as const;

export type DedupMode =
  | 'DEDUP_MODE_UNSPECIFIED'
  | 0
  | 'DEDUP_MODE_RETURN'
  | 1
  | 'DEDUP_MODE_REJECT'
  | 2
  | 'DEDUP_MODE_REPLACE'
  | 3
  | 'DEDUP_MODE_FORCE'
  | 4

export type DedupMode__Output = typeof DedupMode[keyof typeof DedupMode]
