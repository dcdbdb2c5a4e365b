// Original file: proto/conclave/v1/log.proto

import type { SwitchPatch as _conclave_v1_SwitchPatch, SwitchPatch__Output as _conclave_v1_SwitchPatch__Output } from '../../conclave/v1/SwitchPatch.ts';
import type { Long } from '@grpc/proto-loader';

export interface PauseScheduleCommand {
  'name'?: (string);
  'paused'?: (_conclave_v1_SwitchPatch | null);
  'nextDueAtMs'?: (number | string | Long);
  'revision'?: (number | string | Long);
}

export interface PauseScheduleCommand__Output {
  'name': (string);
  'paused': (_conclave_v1_SwitchPatch__Output | null);
  'nextDueAtMs': (number);
  'revision': (number);
}
