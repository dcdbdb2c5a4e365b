// Original file: proto/conclave/v1/log.proto

import type { EnqueueCommand as _conclave_v1_EnqueueCommand, EnqueueCommand__Output as _conclave_v1_EnqueueCommand__Output } from '../../conclave/v1/EnqueueCommand.ts';
import type { ClaimCommand as _conclave_v1_ClaimCommand, ClaimCommand__Output as _conclave_v1_ClaimCommand__Output } from '../../conclave/v1/ClaimCommand.ts';
import type { ActCommand as _conclave_v1_ActCommand, ActCommand__Output as _conclave_v1_ActCommand__Output } from '../../conclave/v1/ActCommand.ts';
import type { CancelCommand as _conclave_v1_CancelCommand, CancelCommand__Output as _conclave_v1_CancelCommand__Output } from '../../conclave/v1/CancelCommand.ts';
import type { ExpireClaimsCommand as _conclave_v1_ExpireClaimsCommand, ExpireClaimsCommand__Output as _conclave_v1_ExpireClaimsCommand__Output } from '../../conclave/v1/ExpireClaimsCommand.ts';
import type { FireTimersCommand as _conclave_v1_FireTimersCommand, FireTimersCommand__Output as _conclave_v1_FireTimersCommand__Output } from '../../conclave/v1/FireTimersCommand.ts';
import type { BeginTermCommand as _conclave_v1_BeginTermCommand, BeginTermCommand__Output as _conclave_v1_BeginTermCommand__Output } from '../../conclave/v1/BeginTermCommand.ts';
import type { ResumeWorkerCommand as _conclave_v1_ResumeWorkerCommand, ResumeWorkerCommand__Output as _conclave_v1_ResumeWorkerCommand__Output } from '../../conclave/v1/ResumeWorkerCommand.ts';
import type { SetQueueCommand as _conclave_v1_SetQueueCommand, SetQueueCommand__Output as _conclave_v1_SetQueueCommand__Output } from '../../conclave/v1/SetQueueCommand.ts';
import type { SetBreakerCommand as _conclave_v1_SetBreakerCommand, SetBreakerCommand__Output as _conclave_v1_SetBreakerCommand__Output } from '../../conclave/v1/SetBreakerCommand.ts';
import type { ManageCommand as _conclave_v1_ManageCommand, ManageCommand__Output as _conclave_v1_ManageCommand__Output } from '../../conclave/v1/ManageCommand.ts';
import type { PutScheduleCommand as _conclave_v1_PutScheduleCommand, PutScheduleCommand__Output as _conclave_v1_PutScheduleCommand__Output } from '../../conclave/v1/PutScheduleCommand.ts';
import type { DeleteScheduleCommand as _conclave_v1_DeleteScheduleCommand, DeleteScheduleCommand__Output as _conclave_v1_DeleteScheduleCommand__Output } from '../../conclave/v1/DeleteScheduleCommand.ts';
import type { PauseScheduleCommand as _conclave_v1_PauseScheduleCommand, PauseScheduleCommand__Output as _conclave_v1_PauseScheduleCommand__Output } from '../../conclave/v1/PauseScheduleCommand.ts';
import type { FireScheduleCommand as _conclave_v1_FireScheduleCommand, FireScheduleCommand__Output as _conclave_v1_FireScheduleCommand__Output } from '../../conclave/v1/FireScheduleCommand.ts';

export interface Command {
  'enqueue'?: (_conclave_v1_EnqueueCommand | null);
  'claim'?: (_conclave_v1_ClaimCommand | null);
  'act'?: (_conclave_v1_ActCommand | null);
  'cancel'?: (_conclave_v1_CancelCommand | null);
  'expireClaims'?: (_conclave_v1_ExpireClaimsCommand | null);
  'fireTimers'?: (_conclave_v1_FireTimersCommand | null);
  'beginTerm'?: (_conclave_v1_BeginTermCommand | null);
  'resumeWorker'?: (_conclave_v1_ResumeWorkerCommand | null);
  'setQueue'?: (_conclave_v1_SetQueueCommand | null);
  'setBreaker'?: (_conclave_v1_SetBreakerCommand | null);
  'manage'?: (_conclave_v1_ManageCommand | null);
  'putSchedule'?: (_conclave_v1_PutScheduleCommand | null);
  'deleteSchedule'?: (_conclave_v1_DeleteScheduleCommand | null);
  'pauseSchedule'?: (_conclave_v1_PauseScheduleCommand | null);
  'fireSchedule'?: (_conclave_v1_FireScheduleCommand | null);
  'command'?: "enqueue"|"claim"|"act"|"cancel"|"expireClaims"|"fireTimers"|"beginTerm"|"resumeWorker"|"setQueue"|"setBreaker"|"manage"|"putSchedule"|"deleteSchedule"|"pauseSchedule"|"fireSchedule";
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
  'setQueue'?: (_conclave_v1_SetQueueCommand__Output | null);
  'setBreaker'?: (_conclave_v1_SetBreakerCommand__Output | null);
  'manage'?: (_conclave_v1_ManageCommand__Output | null);
  'putSchedule'?: (_conclave_v1_PutScheduleCommand__Output | null);
  'deleteSchedule'?: (_conclave_v1_DeleteScheduleCommand__Output | null);
  'pauseSchedule'?: (_conclave_v1_PauseScheduleCommand__Output | null);
  'fireSchedule'?: (_conclave_v1_FireScheduleCommand__Output | null);
  'command'?: "enqueue"|"claim"|"act"|"cancel"|"expireClaims"|"fireTimers"|"beginTerm"|"resumeWorker"|"setQueue"|"setBreaker"|"manage"|"putSchedule"|"deleteSchedule"|"pauseSchedule"|"fireSchedule";
}
