import { ConclaveError } from "../base/errors.ts";
import type { Attempt__Output } from "../generated/conclave/v1/Attempt.ts";
import type { Job__Output } from "../generated/conclave/v1/Job.ts";
import type { QueueStats__Output } from "../generated/conclave/v1/QueueStats.ts";
import { type Codec, codecOr, decodeWith } from "./codec.ts";
import {
  type AttemptEnd,
  attemptEndFromWire,
  type Jitter,
  type JobState,
  jitterFromWire,
  type Priority,
  priorityFromWire,
  stateFromWire,
} from "./names.ts";

/** A job without its data and result. Times are ms since the epoch in the cluster's log time. */
export interface JobSummary {
  readonly id: string;
  readonly queue: string;
  readonly priority: Priority;
  /** Empty for none. */
  readonly agent: string;
  readonly state: JobState;
  /** Attempts begun that count; a released claim gives its attempt back. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly retry: {
    readonly initialBackoffMs: number;
    readonly multiplier: number;
    readonly maxBackoffMs: number;
    readonly jitter: Jitter;
  };
  readonly leaseMs: number;
  readonly enqueuedAtMs: number;
  /** When it becomes ready, while `scheduled`. */
  readonly dueAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** While `running`. */
  readonly claim: ClaimView | undefined;
  /** The fencing token of the last claim, 0 before the first. */
  readonly lastToken: number;
  /** Ended attempts, oldest first; the last 20 are kept. */
  readonly history: readonly AttemptView[];
  /** Why it is dead or cancelled; empty otherwise. */
  readonly reason: string;
  readonly cancelRequested: boolean;
}

export interface Job<Input = unknown, Output = unknown> extends JobSummary {
  readonly data: Input;
  /** Once completed. */
  readonly result: Output | undefined;
}

export interface ClaimView {
  readonly token: number;
  readonly workerId: string;
  readonly claimedAtMs: number;
  readonly expiresAtMs: number;
}

export interface AttemptView {
  readonly attempt: number;
  readonly token: number;
  readonly workerId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly end: AttemptEnd;
  readonly error: string;
}

/** Counts of one queue. */
export interface QueueCounts {
  readonly queue: string;
  readonly ready: Readonly<Record<Priority, number>>;
  readonly scheduled: number;
  readonly running: number;
  readonly completed: number;
  readonly dead: number;
  readonly cancelled: number;
}

export function jobSummary(job: Job__Output): JobSummary {
  const { spec, claim } = job;
  if (spec === null) throw new ConclaveError("INTERNAL", "the server sent a job without its spec");
  const { retry } = spec;
  return {
    id: spec.id,
    queue: spec.queue,
    priority: priorityFromWire(spec.priority),
    agent: spec.agent,
    state: stateFromWire(job.state),
    attempt: job.attempt,
    maxAttempts: retry?.maxAttempts ?? 0,
    retry: {
      initialBackoffMs: retry?.initialBackoffMs ?? 0,
      multiplier: retry?.multiplier ?? 0,
      maxBackoffMs: retry?.maxBackoffMs ?? 0,
      jitter: jitterFromWire(retry?.jitter ?? "JITTER_UNSPECIFIED"),
    },
    leaseMs: spec.leaseMs,
    enqueuedAtMs: job.enqueuedAtMs,
    dueAtMs: job.state === "JOB_STATE_SCHEDULED" ? job.dueAtMs : undefined,
    finishedAtMs: job.finishedAtMs === 0 ? undefined : job.finishedAtMs,
    claim:
      claim === null
        ? undefined
        : {
            token: claim.token,
            workerId: claim.workerId,
            claimedAtMs: claim.claimedAtMs,
            expiresAtMs: claim.expiresAtMs,
          },
    lastToken: job.lastToken,
    history: job.history.map(attemptView),
    reason: job.reason,
    cancelRequested: job.cancelRequested,
  };
}

export function jobView<Input, Output>(
  job: Job__Output,
  codec: Codec<Input> | undefined,
  resultCodec: Codec<Output> | undefined,
): Job<Input, Output> {
  const payload = job.spec?.payload ?? new Uint8Array(0);
  return {
    ...jobSummary(job),
    data: decodeWith(codecOr(codec), payload, "the job's data"),
    result:
      job.state === "JOB_STATE_COMPLETED"
        ? decodeWith(codecOr(resultCodec), job.result, "the job's result")
        : undefined,
  };
}

function attemptView(attempt: Attempt__Output): AttemptView {
  return {
    attempt: attempt.attempt,
    token: attempt.token,
    workerId: attempt.workerId,
    startedAtMs: attempt.startedAtMs,
    endedAtMs: attempt.endedAtMs,
    end: attemptEndFromWire(attempt.end),
    error: attempt.error,
  };
}

export function queueCounts(stats: QueueStats__Output): QueueCounts {
  return {
    queue: stats.queue,
    ready: { high: stats.readyHigh, normal: stats.readyNormal, low: stats.readyLow },
    scheduled: stats.scheduled,
    running: stats.running,
    completed: stats.completed,
    dead: stats.dead,
    cancelled: stats.cancelled,
  };
}
