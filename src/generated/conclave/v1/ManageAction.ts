// Original file: proto/conclave/v1/manage.proto

export const ManageAction = {
  MANAGE_ACTION_UNSPECIFIED: 'MANAGE_ACTION_UNSPECIFIED',
  MANAGE_ACTION_RUN_NOW: 'MANAGE_ACTION_RUN_NOW',
  MANAGE_ACTION_REDRIVE: 'MANAGE_ACTION_REDRIVE',
  MANAGE_ACTION_DELETE: 'MANAGE_ACTION_DELETE',
  MANAGE_ACTION_CANCEL: 'MANAGE_ACTION_CANCEL',
} as const;

export type ManageAction =
  | 'MANAGE_ACTION_UNSPECIFIED'
  | 0
  | 'MANAGE_ACTION_RUN_NOW'
  | 1
  | 'MANAGE_ACTION_REDRIVE'
  | 2
  | 'MANAGE_ACTION_DELETE'
  | 3
  | 'MANAGE_ACTION_CANCEL'
  | 4

export type ManageAction__Output = typeof ManageAction[keyof typeof ManageAction]
