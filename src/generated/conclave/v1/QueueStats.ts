// Original file: proto/conclave/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface QueueStats {
  'queue'?: (string);
  'readyHigh'?: (number | string | Long);
  'readyNormal'?: (number | string | Long);
  'readyLow'?: (number | string | Long);
  'scheduled'?: (number | string | Long);
  'running'?: (number | string | Long);
  'completed'?: (number | string | Long);
  'dead'?: (number | string | Long);
  'cancelled'?: (number | string | Long);
  'waiting'?: (number | string | Long);
}

export interface QueueStats__Output {
  'queue': (string);
  'readyHigh': (number);
  'readyNormal': (number);
  'readyLow': (number);
  'scheduled': (number);
  'running': (number);
  'completed': (number);
  'dead': (number);
  'cancelled': (number);
  'waiting': (number);
}
