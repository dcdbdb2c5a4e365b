// Original file: proto/conclave/v1/log.proto

import type { ScheduleSpec as _conclave_v1_ScheduleSpec, ScheduleSpec__Output as _conclave_v1_ScheduleSpec__Output } from '../../conclave/v1/ScheduleSpec.ts';
import type { Long } from '@grpc/proto-loader';

export interface PutScheduleCommand {
  'spec'?: (_conclave_v1_ScheduleSpec | null);
  'nextDueAtMs'?: (number | string | Long);
  'by'?: (string);
}

export interface PutScheduleCommand__Output {
  'spec': (_conclave_v1_ScheduleSpec__Output | null);
  'nextDueAtMs': (number);
  'by': (string);
}
