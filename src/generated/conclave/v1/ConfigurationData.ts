// Original file: proto/conclave/v1/log.proto

import type { MembershipData as _conclave_v1_MembershipData, MembershipData__Output as _conclave_v1_MembershipData__Output } from '../../conclave/v1/MembershipData.ts';
import type { Long } from '@grpc/proto-loader';

export interface ConfigurationData {
  'index'?: (number | string | Long);
  'membership'?: (_conclave_v1_MembershipData | null);
}

export interface ConfigurationData__Output {
  'index': (number);
  'membership': (_conclave_v1_MembershipData__Output | null);
}
