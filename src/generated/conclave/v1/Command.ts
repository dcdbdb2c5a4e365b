// Original file: proto/conclave/v1/log.proto

import type { EnqueueCommand as _conclave_v1_EnqueueCommand, EnqueueCommand__Output as _conclave_v1_EnqueueCommand__Output } from '../../conclave/v1/EnqueueCommand.ts';
import type { ClaimCommand as _conclave_v1_ClaimCommand, ClaimCommand__Output as _conclave_v1_ClaimCommand__Output } from '../../conclave/v1/ClaimCommand.ts';
import type { ActCommand as _conclave_v1_ActCommand, ActCommand__Output as _conclave_v1_ActCommand__Output } from '../../conclave/v1/ActCommand.ts';
import type { CancelCommand as _conclave_v1_CancelCommand, CancelCommand__Output as _conclave_v1_CancelCommand__Output } from '../../conclave/v1/CancelCommand.ts';
import type { ExpireClaimsCommand as _conclave_v1_ExpireClaimsCommand, ExpireClaimsCommand__Output as _conclave_v1_ExpireClaimsCommand__Output } from '../../conclave/v1/ExpireClaimsCommand.ts';
import type { FireTimersCommand as _conclave_v1_FireTimersCommand, FireTimersCommand__Output as _conclave_v1_FireTimersCommand__Output } from '../../conclave/v1/FireTimersCommand.ts';
import type { BeginTermCommand as _conclave_v1_BeginTermCommand, BeginTermCommand__Output as _conclave_v1_BeginTermCommand__Output } from '../../conclave/v1/BeginTermCommand.ts';
import type { ResumeWorkerCommand as _conclave_v1_ResumeWorkerCommand, ResumeWorkerCommand__Output as _conclave_v1_ResumeWorkerCommand__Output } from '../../conclave/v1/ResumeWorkerCommand.ts';

export interface Command {
  'enqueue'?: (_conclave_v1_EnqueueCommand | null);
  'claim'?: (_conclave_v1_ClaimCommand | null);
  'act'?: (_conclave_v1_ActCommand | null);
  'cancel'?: (_conclave_v1_CancelCommand | null);
  'expireClaims'?: (_conclave_v1_ExpireClaimsCommand | null);
  'fireTimers'?: (_conclave_v1_FireTimersCommand | null);
  'beginTerm'?: (_conclave_v1_BeginTermCommand | null);
  'resumeWorker'?: (_conclave_v1_ResumeWorkerCommand | null);
  'command'?: "enqueue"|"claim"|"act"|"cancel"|"expireClaims"|"fireTimers"|"beginTerm"|"resumeWorker";
}

export interface Command__Output {
  'enqueue'?: (_conclave_v1_EnqueueCommand__Output | null);
  'claim'?: (_conclave_v1_ClaimCommand__Output | null);
  'act'?: (_conclave_v1_ActCommand__Output | null);
  'cancel'?: (_conclave_v1_CancelCommand__Output | null);
  'expireClaims'?: (_conclave_v1_ExpireClaimsCommand__Output | null);
  'fireTimers'?: (_conclave_v1_FireTimersCommand__Output | null);
  'beginTerm'?: (_conclave_v1_BeginTermCommand__Output | null);
  'resumeWorker'?: (_conclave_v1_ResumeWorkerCommand__Output | null);
  'command'?: "enqueue"|"claim"|"act"|"cancel"|"expireClaims"|"fireTimers"|"beginTerm"|"resumeWorker";
}
