// Original file: proto/conclave/v1/records.proto

import type { ConfigurationData as _conclave_v1_ConfigurationData, ConfigurationData__Output as _conclave_v1_ConfigurationData__Output } from '../../conclave/v1/ConfigurationData.ts';
import type { Long } from '@grpc/proto-loader';

export interface RecordsSum {
  'format'?: (number);
  'appliedIndex'?: (number | string | Long);
  'count'?: (number | string | Long);
  'sum'?: (number | string | Long);
  'configuration'?: (_conclave_v1_ConfigurationData | null);
}

export interface RecordsSum__Output {
  'format': (number);
  'appliedIndex': (number);
  'count': (number);
  'sum': (number);
  'configuration': (_conclave_v1_ConfigurationData__Output | null);
}
