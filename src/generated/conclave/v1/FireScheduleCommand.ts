// Original file: proto/conclave/v1/log.proto

import type { Long } from '@grpc/proto-loader';

export interface FireScheduleCommand {
  'name'?: (string);
  'revision'?: (number | string | Long);
  'dueAtMs'?: (number | string | Long);
  'nextDueAtMs'?: (number | string | Long);
  'missed'?: (number | string | Long);
}

export interface FireScheduleCommand__Output {
  'name': (string);
  'revision': (number);
  'dueAtMs': (number);
  'nextDueAtMs': (number);
  'missed': (number);
}
