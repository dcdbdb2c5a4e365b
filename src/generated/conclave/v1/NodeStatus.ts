// Original file: proto/conclave/v1/cluster.proto

import type { Role as _conclave_v1_Role, Role__Output as _conclave_v1_Role__Output } from '../../conclave/v1/Role.ts';
import type { MemberStatus as _conclave_v1_MemberStatus, MemberStatus__Output as _conclave_v1_MemberStatus__Output } from '../../conclave/v1/MemberStatus.ts';
import type { Standing as _conclave_v1_Standing, Standing__Output as _conclave_v1_Standing__Output } from '../../conclave/v1/Standing.ts';
import type { SizeLimits as _conclave_v1_SizeLimits, SizeLimits__Output as _conclave_v1_SizeLimits__Output } from '../../conclave/v1/SizeLimits.ts';
import type { Long } from '@grpc/proto-loader';

export interface NodeStatus {
  'clusterId'?: (string);
  'nodeId'?: (string);
  'role'?: (_conclave_v1_Role);
  'term'?: (number | string | Long);
  'leaderId'?: (string);
  'leaderAddress'?: (string);
  'commitIndex'?: (number | string | Long);
  'appliedIndex'?: (number | string | Long);
  'lastIndex'?: (number | string | Long);
  'durableIndex'?: (number | string | Long);
  'leaseLeftMs'?: (number | string | Long);
  'leaseMs'?: (number | string | Long);
  'electionBackoffMs'?: (number | string | Long);
  'electionsStarted'?: (number | string | Long);
  'electionsWon'?: (number | string | Long);
  'electionsLost'?: (number | string | Long);
  'stateHash'?: (string);
  'members'?: (_conclave_v1_MemberStatus)[];
  'version'?: (string);
  'uptimeMs'?: (number | string | Long);
  'httpAddress'?: (string);
  'logTimeMs'?: (number | string | Long);
  'clockOffsetMs'?: (number | string | Long);
  'configurationIndex'?: (number | string | Long);
  'configurationCommitted'?: (boolean);
  'joint'?: (boolean);
  'standing'?: (_conclave_v1_Standing);
  'compactedIndex'?: (number | string | Long);
  'snapshotIndex'?: (number | string | Long);
  'format'?: (number);
  'maxFormat'?: (number);
  'sizes'?: (_conclave_v1_SizeLimits | null);
}

export interface NodeStatus__Output {
  'clusterId': (string);
  'nodeId': (string);
  'role': (_conclave_v1_Role__Output);
  'term': (number);
  'leaderId': (string);
  'leaderAddress': (string);
  'commitIndex': (number);
  'appliedIndex': (number);
  'lastIndex': (number);
  'durableIndex': (number);
  'leaseLeftMs': (number);
  'leaseMs': (number);
  'electionBackoffMs': (number);
  'electionsStarted': (number);
  'electionsWon': (number);
  'electionsLost': (number);
  'stateHash': (string);
  'members': (_conclave_v1_MemberStatus__Output)[];
  'version': (string);
  'uptimeMs': (number);
  'httpAddress': (string);
  'logTimeMs': (number);
  'clockOffsetMs': (number);
  'configurationIndex': (number);
  'configurationCommitted': (boolean);
  'joint': (boolean);
  'standing': (_conclave_v1_Standing__Output);
  'compactedIndex': (number);
  'snapshotIndex': (number);
  'format': (number);
  'maxFormat': (number);
  'sizes': (_conclave_v1_SizeLimits__Output | null);
}
