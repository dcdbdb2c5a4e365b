// Original file: proto/conclave/v1/cluster.proto

export const Standing = {
  STANDING_UNSPECIFIED: 'STANDING_UNSPECIFIED',
  STANDING_MEMBER: 'STANDING_MEMBER',
  STANDING_JOINING: 'STANDING_JOINING',
  STANDING_REMOVED: 'STANDING_REMOVED',
  STANDING_FOUNDING: 'STANDING_FOUNDING',
} as const;

export type Standing =
  | 'STANDING_UNSPECIFIED'
  | 0
  | 'STANDING_MEMBER'
  | 1
  | 'STANDING_JOINING'
  | 2
  | 'STANDING_REMOVED'
  | 3
  | 'STANDING_FOUNDING'
  | 4

export type Standing__Output = typeof Standing[keyof typeof Standing]
