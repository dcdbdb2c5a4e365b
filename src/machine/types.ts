import type { FencingToken, JobId, LogIndex, LogTimeMs } from "../base/brands.ts";

export type Priority = "high" | "normal" | "low";
export const priorities: readonly Priority[] = ["high", "normal", "low"];

export type JobState = "scheduled" | "ready" | "running" | "completed" | "dead" | "cancelled";
export const jobStates: readonly JobState[] = [
  "scheduled",
  "ready",
  "running",
  "completed",
  "dead",
  "cancelled",
];

/** Delay before attempt n + 1: min(maxBackoffMs, initialBackoffMs * multiplier^(n-1)), then jitter takes from it. */
export interface RetryPolicy {
  /** Attempts in all, the first included; at least 1. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  /** `none`: the whole delay; `equal`: [delay/2, delay]; `full`: [0, delay]. Drawn by a hash of (job id, attempt). */
  readonly jitter: "none" | "equal" | "full";
}

/** A job as asked for. Every default is filled in before it enters the log, so that all versions apply the same. */
export interface JobSpec {
  readonly id: JobId;
  readonly queue: string;
  readonly priority: Priority;
  readonly payload: Uint8Array;
  /** The key that breakers and limits will use; empty for none. */
  readonly agent: string;
  /** Not before this log time; 0 for at once. `delayMs` counts from the entry's own time. The later one holds. */
  readonly runAt: LogTimeMs;
  readonly delayMs: number;
  readonly retry: RetryPolicy;
  /** How long a claim lives without a renewal. */
  readonly leaseMs: number;
  /** How long the job stays readable after it ended: completed or cancelled / dead. */
  readonly retentionMs: number;
  readonly deadRetentionMs: number;
}

/** One stream of one run of a worker, its session; a session's streams are numbered from 1. */
export interface WorkerStream {
  readonly session: number;
  readonly number: number;
}

/** A claim by its job and its token: what a worker says that it holds. */
export interface HeldClaim {
  readonly id: JobId;
  readonly token: FencingToken;
}

export interface Claim {
  readonly token: FencingToken;
  readonly workerId: string;
  /** The stream that it was made for; null for none. */
  readonly stream: WorkerStream | null;
  readonly claimedAt: LogTimeMs;
  readonly expiresAt: LogTimeMs;
}

export type AttemptEnd = "failed" | "expired" | "released" | "completed" | "cancelled";

/** One ended attempt that did not complete the job; the last `maxHistory` are kept. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly token: FencingToken;
  readonly workerId: string;
  readonly startedAt: LogTimeMs;
  readonly endedAt: LogTimeMs;
  readonly end: AttemptEnd;
  readonly error: string;
}

/** What callers may see of a job. */
export interface Job {
  readonly spec: JobSpec;
  readonly state: JobState;
  /** Attempts begun that count: a released claim gives its attempt back. */
  readonly attempt: number;
  readonly enqueuedAt: LogTimeMs;
  /** Due time while `scheduled`. */
  readonly dueAt: LogTimeMs;
  readonly claim: Claim | null;
  /** The token of the last claim, 0 before the first. */
  readonly lastToken: FencingToken;
  readonly history: readonly AttemptRecord[];
  readonly result: Uint8Array | null;
  readonly finishedAt: LogTimeMs | null;
  /** Why it is dead or cancelled; empty otherwise. */
  readonly reason: string;
  readonly cancelRequested: boolean;
}

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
  | { readonly type: "release"; readonly id: JobId; readonly token: FencingToken };

/** What the log carries. Commands of one turn share an entry and its time. */
export type Command =
  | { readonly type: "enqueue"; readonly jobs: readonly JobSpec[] }
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
  /** A new leader's first command: every live claim gets one full lease of grace. */
  | { readonly type: "beginTerm"; readonly leader: string }
  /** A worker is back: what was claimed for its session's streams before this one and it does not hold never came. */
  | {
      readonly type: "resumeWorker";
      readonly workerId: string;
      readonly stream: WorkerStream;
      readonly held: readonly HeldClaim[];
    };

export interface CommandBatch {
  /** Log time of all its commands: never below the entry before. */
  readonly now: LogTimeMs;
  readonly commands: readonly Command[];
}

export type ActError = "STALE_TOKEN" | "NOT_FOUND" | "JOB_TERMINAL";

export type EnqueueResult = {
  readonly id: JobId;
  readonly state: JobState /** It was there before: nothing was changed. */;
  readonly existing: boolean;
};

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
}

export type ActResult =
  | { readonly ok: true; readonly type: "complete" | "release" }
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
  | { readonly type: "resumeWorker"; readonly released: number };

/** What operators want to read of an entry; the leader logs and counts them, followers drop them. */
export type Notice =
  | {
      readonly type: "attemptFailed";
      readonly id: JobId;
      readonly queue: string;
      readonly agent: string;
      readonly attempt: number;
      readonly maxAttempts: number;
      readonly end: "failed" | "expired";
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
    };

export interface Applied {
  readonly outcomes: readonly Outcome[];
  readonly notices: readonly Notice[];
  /** Jobs that ended in this entry, or were forgotten; for those who wait for them. */
  readonly ended: readonly JobId[];
}

export interface JobFilter {
  readonly queue?: string;
  readonly state?: JobState;
  readonly agent?: string;
  /** Exclusive: the id after which the page begins, in order of enqueueing. */
  readonly after?: JobId;
  readonly limit: number;
}

/** Counts that metrics and the dispatcher read; kept up to date, O(1) to read. */
export interface QueueStats {
  readonly queue: string;
  readonly ready: Readonly<Record<Priority, number>>;
  readonly scheduled: number;
  readonly running: number;
  readonly completed: number;
  readonly dead: number;
  readonly cancelled: number;
}

/** A job's whole record as the checkpoint keeps it: `Job` plus what rebuilds the machine's indexes. */
export interface JobRecord {
  readonly kind: "job";
  readonly job: Job;
  /** Position in the order of enqueueing, over all queues. */
  readonly sequence: number;
  /** Position in the ready order of its queue and priority. */
  readonly readyOrder: number;
  /** How the last claim ended, so that a repeated act with its token answers as it did the first time. */
  readonly lastEnd: AttemptEnd | null;
}

/** The machine's scalars: one record. */
export interface MetaRecord {
  readonly kind: "meta";
  readonly appliedIndex: LogIndex;
  readonly now: LogTimeMs;
  readonly nextSequence: number;
  readonly nextReadyOrder: number;
  readonly stateHash: string;
  readonly totals: {
    readonly enqueued: number;
    readonly purged: number;
    readonly attempts: number;
    readonly failures: number;
    readonly deaths: number;
  };
}

export type MachineRecord = JobRecord | MetaRecord;
