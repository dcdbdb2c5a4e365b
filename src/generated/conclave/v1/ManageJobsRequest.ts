// Original file: proto/conclave/v1/manage.proto

import type { ManageAction as _conclave_v1_ManageAction, ManageAction__Output as _conclave_v1_ManageAction__Output } from '../../conclave/v1/ManageAction.ts';
import type { JobFilter as _conclave_v1_JobFilter, JobFilter__Output as _conclave_v1_JobFilter__Output } from '../../conclave/v1/JobFilter.ts';

export interface ManageJobsRequest {
  'action'?: (_conclave_v1_ManageAction);
  'ids'?: (string)[];
  'filter'?: (_conclave_v1_JobFilter | null);
  'dryRun'?: (boolean);
  'cursor'?: (string);
  'by'?: (string);
  'why'?: (string);
}

export interface ManageJobsRequest__Output {
  'action': (_conclave_v1_ManageAction__Output);
  'ids': (string)[];
  'filter': (_conclave_v1_JobFilter__Output | null);
  'dryRun': (boolean);
  'cursor': (string);
  'by': (string);
  'why': (string);
}
