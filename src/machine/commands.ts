import type { FencingToken, JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { ScheduleSpec } from "./scheduleTypes.ts";
import type { QueuePatch, Switch } from "./settings.ts";
import type { HeldClaim, JobSpec, WorkerStream } from "./types.ts";

/** What a worker may do with a claim it holds; each is accepted only with the job's current token (Q5). */
export type Act =
  | {
      readonly type: "complete";
      readonly id: JobId;
      readonly token: FencingToken;
      readonly result: Uint8Array;
    }
  | {
      readonly type: "fail";
      readonly id: JobId;
      readonly token: FencingToken;
      readonly error: string;
      readonly retryable: boolean;
      /** The worker's wish for the delay, in ms; null for the policy's. */
      readonly retryAfterMs: number | null;
    }
  | { readonly type: "extend"; readonly id: JobId; readonly token: FencingToken }
  /** `delayMs`: snooze; left out for none. */
  | { readonly type: "release"; readonly id: JobId; readonly token: FencingToken; readonly delayMs?: number }
  | {
      readonly type: "checkpoint";
      readonly id: JobId;
      readonly token: FencingToken;
      readonly data: Uint8Array;
    }
  | {
      readonly type: "progress";
      readonly id: JobId;
      readonly token: FencingToken;
      readonly percent: number | null;
      readonly note: string;
    };

/** What the log carries. Commands of one turn share an entry and its time. */
export type Command =
  /** `atomic`: all or none. */
  | { readonly type: "enqueue"; readonly jobs: readonly JobSpec[]; readonly atomic?: true }
  | {
      readonly type: "claim";
      readonly workerId: string;
      /** Left out for a worker that has none. */
      readonly stream?: WorkerStream;
      readonly queues: readonly string[];
      readonly slots: number;
    }
  | { readonly type: "act"; readonly acts: readonly Act[] }
  | { readonly type: "cancel"; readonly ids: readonly JobId[]; readonly reason: string }
  /** Leases that the leader saw run out; each is checked again at apply and must still be the current claim (Q11). */
  | {
      readonly type: "expireClaims";
      readonly claims: readonly { readonly id: JobId; readonly token: FencingToken }[];
    }
  /** Due retries and delays become ready, retention removes what is over; bounded work an entry. */
  | { readonly type: "fireTimers" }
  /**
   * A new leader's first command: every live claim gets one full lease of grace. And again when newer `rules` (rules.ts) may
   * hold than do; left out where none may.
   */
  | { readonly type: "beginTerm"; readonly leader: string; readonly rules?: number }
  /** A worker is back: what was claimed for its session's streams before this one and it does not hold never came. */
  | {
      readonly type: "resumeWorker";
      readonly workerId: string;
      readonly stream: WorkerStream;
      readonly held: readonly HeldClaim[];
    }
  | { readonly type: "setQueue"; readonly queue: string; readonly patch: QueuePatch }
  | SetBreaker
  | Manage
  | PutSchedule
  | { readonly type: "deleteSchedule"; readonly name: string }
  | PauseSchedule
  | FireSchedule;

/** By hand: opens an agent's breaker, or makes it as new. */
export interface SetBreaker {
  readonly type: "setBreaker";
  readonly agent: string;
  readonly open: boolean;
  /** 0: until it is reset. */
  readonly openMs: number;
  readonly by: string;
  readonly why: string;
}

export const manageActions = ["runNow", "redrive", "delete"] as const;

/**
 * `runNow`: scheduled jobs become ready. `redrive`: dead and cancelled ones begin anew, with all their attempts. `delete`:
 * jobs that do not run are forgotten. A job for which it makes no sense is refused by itself.
 */
export interface Manage {
  readonly type: "manage";
  readonly action: (typeof manageActions)[number];
  readonly ids: readonly JobId[];
  readonly by: string;
  readonly why: string;
}

export interface PutSchedule {
  readonly type: "putSchedule";
  readonly spec: ScheduleSpec;
  /** Computed by the leader: the machine knows neither calendars nor time zones. Null: never. */
  readonly nextDueAt: LogTimeMs | null;
  readonly by: string;
}

export interface PauseSchedule {
  readonly type: "pauseSchedule";
  readonly name: string;
  readonly paused: Switch;
  /** On resuming: of the spec of `revision`. */
  readonly nextDueAt: LogTimeMs | null;
  /** On resuming: a schedule of another revision stays paused. 0: the leader knew of none, or this is no resuming. */
  readonly revision: LogIndex;
}

/** Ignored unless the schedule is of this revision and its next due time is `dueAt`. */
export interface FireSchedule {
  readonly type: "fireSchedule";
  readonly name: string;
  readonly revision: LogIndex;
  readonly dueAt: LogTimeMs;
  /** Null: never again. */
  readonly nextDueAt: LogTimeMs | null;
  /** 0: fire. Else `dueAt` is too old to be made up for: so many due times, it among them, are passed over. */
  readonly missed: number;
}

export interface CommandBatch {
  /** Log time of all its commands: never below the entry before. */
  readonly now: LogTimeMs;
  readonly commands: readonly Command[];
}
