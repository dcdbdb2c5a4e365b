// Original file: proto/conclave/v1/schedules.proto

import type { EnqueueResult as _conclave_v1_EnqueueResult, EnqueueResult__Output as _conclave_v1_EnqueueResult__Output } from '../../conclave/v1/EnqueueResult.ts';

export interface RunScheduleReply {
  'result'?: (_conclave_v1_EnqueueResult | null);
}

export interface RunScheduleReply__Output {
  'result': (_conclave_v1_EnqueueResult__Output | null);
}
