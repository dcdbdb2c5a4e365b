import type { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";

export type Priority = "high" | "normal" | "low";
export const priorities: readonly Priority[] = ["high", "normal", "low"];

/** `waiting`: for other jobs to end. `scheduled`: not due yet. */
export type JobState = "waiting" | "scheduled" | "ready" | "running" | "completed" | "dead" | "cancelled";
/** How a job may end. */
export type JobEnd = Extract<JobState, "completed" | "dead" | "cancelled">;
export const jobStates: readonly JobState[] = [
  "scheduled",
  "ready",
  "running",
  "completed",
  "dead",
  "cancelled",
  "waiting",
];

/** Delay before attempt n + 1: min(maxBackoffMs, what `backoff` says), then jitter takes from it. */
export interface RetryPolicy {
  /** Attempts in all, the first included; at least 1. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  /**
   * `none`: the whole delay; `equal`: [delay/2, delay]; `full`: [0, delay]; `decorrelated`: [initialBackoffMs, three times
   * the delay before]. Drawn by a hash of (job id, attempt).
   */
  readonly jitter: Jitter;
  /** Left out: `exponential`, initialBackoffMs * multiplier^(n-1). `linear`: * n. `fixed`: initialBackoffMs. */
  readonly backoff?: "linear" | "fixed" | "list";
  /** Only with `list`: at least one; the last one again when they run out. */
  readonly delaysMs?: readonly number[];
  /** Nobody asked for it: the queue's own takes its place at the enqueue. No job that was taken in has it. */
  readonly byDefault?: true;
}

export type Jitter = "none" | "equal" | "full" | "decorrelated";

/** At most one active job (waiting, scheduled, ready or running) for a key of a queue. */
export interface Dedup {
  readonly key: string;
  /**
   * When the key is taken: `return` answers with the job that has it; `reject` refuses; `replace` cancels one that has not
   * begun and enqueues, and answers with a running one; `force` enqueues all the same and does not take the key.
   */
  readonly mode: DedupMode;
  /** The key stays taken at least this long after the enqueue, also when the job ends sooner; 0: only while active. */
  readonly windowMs: number;
}

export const dedupModes = ["return", "reject", "replace", "force"] as const;
export type DedupMode = (typeof dedupModes)[number];

/** 0 for none; one of them is above 0. */
export interface Timeouts {
  /**
   * From when it first became ready until it is claimed. A claim that is given back at once, without a delay, is none: what is
   * left then runs on (under rules 0 of the machine none is left). After a redrive all of it begins anew.
   */
  readonly queueMs: number;
  /** From the claim to its end. */
  readonly attemptMs: number;
  /** From the enqueue to the end. */
  readonly totalMs: number;
}

export const onFailures = ["fail", "cancel", "run"] as const;

export interface WaitFor {
  /** At least one, none twice. */
  readonly ids: readonly JobId[];
  /** When one of them ends dead or cancelled: this one is dead; is cancelled; or runs once all have ended. */
  readonly onFailure: (typeof onFailures)[number];
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
  /** What follows is left out where it says nothing: entries and records of before it mean the same. */
  readonly tags?: readonly string[];
  /** What limits, rates and fairness between tenants go by. */
  readonly key?: string;
  readonly dedup?: Dedup;
  readonly timeouts?: Timeouts;
  /** Refused while the agent's breaker is open. */
  readonly rejectWhenOpen?: true;
  readonly waitFor?: WaitFor;
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

export type AttemptEnd = "failed" | "expired" | "released" | "completed" | "cancelled" | "timedOut";

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
  /** What its worker said last. */
  readonly progress?: Progress;
  /** What an attempt saved last. */
  readonly checkpoint?: SavedCheckpoint;
  /** One for each of spec.waitFor, in its order. */
  readonly dependencies?: readonly Dependency[];
}

export interface Progress {
  /** 0 to 100, or null for not told. */
  readonly percent: number | null;
  readonly note: string;
  readonly at: LogTimeMs;
}

export interface SavedCheckpoint {
  readonly data: Uint8Array;
  readonly at: LogTimeMs;
  /** Of the claim that saved it. */
  readonly token: FencingToken;
}

export interface Dependency {
  readonly id: JobId;
  /** Null while it has not ended. */
  readonly state: "completed" | "dead" | "cancelled" | null;
  /** What it completed with; null for none, and when `resultDropped`: all results of a job together were too large. */
  readonly result: Uint8Array | null;
  readonly resultDropped: boolean;
  readonly reason: string;
}

export interface JobFilter {
  readonly queue?: string;
  readonly state?: JobState;
  /** Any of these. */
  readonly states?: readonly JobState[];
  readonly agent?: string;
  readonly tag?: string;
  readonly key?: string;
  /** Enqueued at or after / before this log time. */
  readonly since?: LogTimeMs;
  readonly before?: LogTimeMs;
  /** Exclusive: the id after which the page begins, in order of enqueueing. */
  readonly after?: JobId;
  /** Its place in that order: the page then begins there also when the job is gone. */
  readonly afterSequence?: number;
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
  readonly waiting: number;
}

export type * from "./commands.ts";
export type * from "./jobEvents.ts";
export type * from "./outcomes.ts";
export type * from "./records.ts";
export type * from "./scheduleTypes.ts";
export type * from "./settings.ts";
