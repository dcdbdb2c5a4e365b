// Original file: proto/conclave/v1/log.proto

import type { Command as _conclave_v1_Command, Command__Output as _conclave_v1_Command__Output } from '../../conclave/v1/Command.ts';
import type { Long } from '@grpc/proto-loader';

export interface CommandBatch {
  'nowMs'?: (number | string | Long);
  'commands'?: (_conclave_v1_Command)[];
}

export interface CommandBatch__Output {
  'nowMs': (number);
  'commands': (_conclave_v1_Command__Output)[];
}
