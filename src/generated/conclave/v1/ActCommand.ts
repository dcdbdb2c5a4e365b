// Original file: proto/conclave/v1/log.proto

import type { Act as _conclave_v1_Act, Act__Output as _conclave_v1_Act__Output } from '../../conclave/v1/Act.ts';

export interface ActCommand {
  'acts'?: (_conclave_v1_Act)[];
}

export interface ActCommand__Output {
  'acts': (_conclave_v1_Act__Output)[];
}
