import type { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import type { JobEvent } from "./jobEvents.ts";
import type { Schedule } from "./scheduleTypes.ts";
import type { Breaker, QueueSettings } from "./settings.ts";
import type { AttemptEnd, Dependency, JobState, Priority, SavedCheckpoint, WorkerStream } from "./types.ts";

export type ActError = "STALE_TOKEN" | "NOT_FOUND" | "JOB_TERMINAL";

export interface EnqueueResult {
  /** The job's, or that of the job that holds its dedup key. */
  readonly id: JobId;
  /** Of that job; of a refused one it means nothing. */
  readonly state: JobState;
  /** It was there before: nothing was changed. */
  readonly existing: boolean;
  readonly refusal?: Refusal<EnqueueError>;
}

/** `BATCH_REFUSED`: another job of an atomic batch was refused. `NOT_FOUND`: a job to wait for. */
export type EnqueueError = "DUPLICATE" | "BREAKER_OPEN" | "QUEUE_CLOSED" | "NOT_FOUND" | "BATCH_REFUSED";

export interface Refusal<Code> {
  readonly code: Code;
  readonly message: string;
}

/** A job in a worker's hands. */
export interface ClaimedJob {
  readonly id: JobId;
  readonly queue: string;
  readonly priority: Priority;
  readonly payload: Uint8Array;
  readonly agent: string;
  readonly token: FencingToken;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly leaseMs: number;
  readonly expiresAt: LogTimeMs;
  readonly tags?: readonly string[];
  readonly key?: string;
  readonly checkpoint?: SavedCheckpoint;
  readonly dependencies?: readonly Dependency[];
  /** Left out for no bound. */
  readonly attemptTimeoutMs?: number;
}

export type ActResult =
  | { readonly ok: true; readonly type: "complete" | "release" | "checkpoint" | "progress" }
  | {
      readonly ok: true;
      readonly type: "extend";
      readonly expiresAt: LogTimeMs;
      readonly cancelRequested: boolean;
    }
  /** `nextDueAt` is null when the job is dead. */
  | { readonly ok: true; readonly type: "fail"; readonly nextDueAt: LogTimeMs | null }
  | { readonly ok: false; readonly code: ActError; readonly message: string };

export type CancelResult =
  | { readonly ok: true; readonly state: JobState }
  | { readonly ok: false; readonly code: ActError; readonly message: string };

/** One outcome per command, in the same order. */
export type Outcome =
  | { readonly type: "enqueue"; readonly results: readonly EnqueueResult[] }
  | { readonly type: "claim"; readonly jobs: readonly ClaimedJob[] }
  | { readonly type: "act"; readonly results: readonly ActResult[] }
  | { readonly type: "cancel"; readonly results: readonly CancelResult[] }
  | { readonly type: "expireClaims"; readonly expired: number }
  | { readonly type: "fireTimers"; readonly fired: number }
  | { readonly type: "beginTerm" }
  | { readonly type: "resumeWorker"; readonly released: number }
  | { readonly type: "setQueue"; readonly settings: QueueSettings }
  | { readonly type: "setBreaker"; readonly breaker: Breaker }
  | { readonly type: "manage"; readonly results: readonly ManageResult[] }
  | PutScheduleOutcome
  | { readonly type: "deleteSchedule"; readonly found: boolean }
  | { readonly type: "pauseSchedule"; readonly schedule: Schedule | null }
  | { readonly type: "fireSchedule"; readonly enqueued: JobId | null };

export interface PutScheduleOutcome {
  readonly type: "putSchedule";
  readonly schedule: Schedule;
  /** `none`: it had this very spec. */
  readonly change: "created" | "replaced" | "none";
}

/** `WRONG_STATE`: the action makes no sense for a job in this state. `OVERLOADED`: not all of it in one entry. */
export type ManageResult =
  | { readonly ok: true; readonly state: JobState }
  | ({ readonly ok: false } & Refusal<"NOT_FOUND" | "WRONG_STATE" | "OVERLOADED">);

/** What operators want to read of an entry; the leader logs and counts them, followers drop them. */
export type Notice =
  | {
      readonly type: "attemptFailed";
      readonly id: JobId;
      readonly queue: string;
      readonly agent: string;
      readonly attempt: number;
      readonly maxAttempts: number;
      readonly end: "failed" | "expired" | "timedOut";
      readonly error: string;
      readonly delayMs: number;
      readonly dueAt: LogTimeMs;
    }
  | {
      readonly type: "jobDead";
      readonly id: JobId;
      readonly queue: string;
      readonly agent: string;
      readonly attempts: number;
      readonly reason: string;
      readonly workerId: string;
    }
  | { readonly type: "breakerChanged"; readonly breaker: Breaker };

export interface Applied {
  readonly outcomes: readonly Outcome[];
  readonly notices: readonly Notice[];
  /** Jobs that ended in this entry, or were forgotten; for those who wait for them. */
  readonly ended: readonly JobId[];
  /** For the holders of claims. */
  readonly claimNews: readonly ClaimNews[];
  /** In the order in which they happened. */
  readonly events: readonly JobEvent[];
}

/**
 * What the worker that holds, or held, a claim should hear at once, rather than with its next renewal: that somebody asked
 * for the job to be cancelled, or (with `end`) that the claim was ended without it.
 */
export interface ClaimNews {
  readonly id: JobId;
  readonly token: FencingToken;
  readonly workerId: string;
  readonly stream: WorkerStream | null;
  /** Null: cancel requested. */
  readonly end: AttemptEnd | null;
}
