// Original file: proto/conclave/v1/records.proto

import type { ConfigurationData as _conclave_v1_ConfigurationData, ConfigurationData__Output as _conclave_v1_ConfigurationData__Output } from '../../conclave/v1/ConfigurationData.ts';
import type { Long } from '@grpc/proto-loader';

export interface SnapshotHeader {
  'format'?: (number);
  'clusterId'?: (string);
  'index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'checksum'?: (number);
  'configuration'?: (_conclave_v1_ConfigurationData | null);
  'count'?: (number | string | Long);
  'sum'?: (number | string | Long);
  'bytes'?: (number | string | Long);
}

export interface SnapshotHeader__Output {
  'format': (number);
  'clusterId': (string);
  'index': (number);
  'term': (number);
  'checksum': (number);
  'configuration': (_conclave_v1_ConfigurationData__Output | null);
  'count': (number);
  'sum': (number);
  'bytes': (number);
}
