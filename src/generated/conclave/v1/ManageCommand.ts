// Original file: proto/conclave/v1/log.proto


// Original file: proto/conclave/v1/log.proto

export const _conclave_v1_ManageCommand_Action = {
  ACTION_UNSPECIFIED: 'ACTION_UNSPECIFIED',
  ACTION_RUN_NOW: 'ACTION_RUN_NOW',
  ACTION_REDRIVE: 'ACTION_REDRIVE',
  ACTION_DELETE: 'ACTION_DELETE',
} as const;

export type _conclave_v1_ManageCommand_Action =
  | 'ACTION_UNSPECIFIED'
  | 0
  | 'ACTION_RUN_NOW'
  | 1
  | 'ACTION_REDRIVE'
  | 2
  | 'ACTION_DELETE'
  | 3

export type _conclave_v1_ManageCommand_Action__Output = typeof _conclave_v1_ManageCommand_Action[keyof typeof _conclave_v1_ManageCommand_Action]

export interface ManageCommand {
  'action'?: (_conclave_v1_ManageCommand_Action);
  'ids'?: (string)[];
  'by'?: (string);
  'why'?: (string);
}

export interface ManageCommand__Output {
  'action': (_conclave_v1_ManageCommand_Action__Output);
  'ids': (string)[];
  'by': (string);
  'why': (string);
}
