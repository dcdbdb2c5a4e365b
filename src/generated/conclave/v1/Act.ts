// Original file: proto/conclave/v1/work.proto

import type { Complete as _conclave_v1_Complete, Complete__Output as _conclave_v1_Complete__Output } from '../../conclave/v1/Complete.ts';
import type { Fail as _conclave_v1_Fail, Fail__Output as _conclave_v1_Fail__Output } from '../../conclave/v1/Fail.ts';
import type { Extend as _conclave_v1_Extend, Extend__Output as _conclave_v1_Extend__Output } from '../../conclave/v1/Extend.ts';
import type { Release as _conclave_v1_Release, Release__Output as _conclave_v1_Release__Output } from '../../conclave/v1/Release.ts';
import type { SaveCheckpoint as _conclave_v1_SaveCheckpoint, SaveCheckpoint__Output as _conclave_v1_SaveCheckpoint__Output } from '../../conclave/v1/SaveCheckpoint.ts';
import type { ReportProgress as _conclave_v1_ReportProgress, ReportProgress__Output as _conclave_v1_ReportProgress__Output } from '../../conclave/v1/ReportProgress.ts';
import type { Long } from '@grpc/proto-loader';

export interface Act {
  'id'?: (string);
  'fencingToken'?: (number | string | Long);
  'complete'?: (_conclave_v1_Complete | null);
  'fail'?: (_conclave_v1_Fail | null);
  'extend'?: (_conclave_v1_Extend | null);
  'release'?: (_conclave_v1_Release | null);
  'checkpoint'?: (_conclave_v1_SaveCheckpoint | null);
  'progress'?: (_conclave_v1_ReportProgress | null);
  'act'?: "complete"|"fail"|"extend"|"release"|"checkpoint"|"progress";
}

export interface Act__Output {
  'id': (string);
  'fencingToken': (number);
  'complete'?: (_conclave_v1_Complete__Output | null);
  'fail'?: (_conclave_v1_Fail__Output | null);
  'extend'?: (_conclave_v1_Extend__Output | null);
  'release'?: (_conclave_v1_Release__Output | null);
  'checkpoint'?: (_conclave_v1_SaveCheckpoint__Output | null);
  'progress'?: (_conclave_v1_ReportProgress__Output | null);
  'act'?: "complete"|"fail"|"extend"|"release"|"checkpoint"|"progress";
}
