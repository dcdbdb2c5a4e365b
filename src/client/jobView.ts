import { ConclaveError } from "../base/errors.ts";
import type { Attempt__Output } from "../generated/conclave/v1/Attempt.ts";
import type { Dedup__Output } from "../generated/conclave/v1/Dedup.ts";
import type { Dependency__Output } from "../generated/conclave/v1/Dependency.ts";
import type { Job__Output } from "../generated/conclave/v1/Job.ts";
import type { Progress__Output } from "../generated/conclave/v1/Progress.ts";
import type { QueueStats__Output } from "../generated/conclave/v1/QueueStats.ts";
import type { Timeouts__Output } from "../generated/conclave/v1/Timeouts.ts";
import { type Codec, codecOr, decodeWith } from "./codec.ts";
import {
  type AttemptEnd,
  attemptEndFromWire,
  type DedupMode,
  dedupModeFromWire,
  type JobState,
  nameOfState,
  type OnFailure,
  onFailureFromWire,
  type Priority,
  priorityFromWire,
  stateFromWire,
} from "./names.ts";
import { type BackoffView, backoffView } from "./retryView.ts";

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
  readonly retry: BackoffView;
  readonly leaseMs: number;
  readonly tags: readonly string[];
  /** Empty for none. */
  readonly key: string;
  readonly dedup: DedupView | undefined;
  /** 0 for none. */
  readonly timeouts: { readonly queueMs: number; readonly attemptMs: number; readonly totalMs: number };
  readonly rejectWhenOpen: boolean;
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
  /** What its worker said last. */
  readonly progress: ProgressView | undefined;
}

export interface DedupView {
  readonly key: string;
  readonly mode: DedupMode;
  readonly windowMs: number;
}

export interface ProgressView {
  /** 0 to 100, undefined for not told. */
  readonly percent: number | undefined;
  readonly note: string;
  readonly atMs: number;
}

/** What an attempt saved, for the next one. */
export interface CheckpointView {
  readonly bytes: Uint8Array;
  readonly atMs: number;
  /** The fencing token of the claim that saved it. */
  readonly token: number;
}

/** A job that another one waits for, or waited for. */
export interface DependencyView {
  readonly id: string;
  /** Undefined while it has not ended. */
  readonly state: "completed" | "dead" | "cancelled" | undefined;
  /** What it completed with, as bytes; undefined for nothing, and when `resultDropped`. */
  readonly result: Uint8Array | undefined;
  /** All results of the job together were too large to hand up: `jobs.get` of the other one has it. */
  readonly resultDropped: boolean;
  readonly reason: string;
}

export interface Job<Input = unknown, Output = unknown> extends JobSummary {
  readonly data: Input;
  /** Once completed. */
  readonly result: Output | undefined;
  readonly checkpoint: CheckpointView | undefined;
  readonly onFailure: OnFailure | undefined;
  readonly dependencies: readonly DependencyView[];
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
  /** For other jobs. */
  readonly waiting: number;
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
    retry: backoffView(retry),
    leaseMs: spec.leaseMs,
    tags: spec.tags,
    key: spec.key,
    dedup: dedupView(spec.dedup),
    timeouts: timeoutsView(spec.timeouts),
    rejectWhenOpen: spec.rejectWhenOpen,
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
    progress: progressView(job.progress),
  };
}

function dedupView(dedup: Dedup__Output | null): DedupView | undefined {
  if (dedup === null) return undefined;
  return { key: dedup.key, mode: dedupModeFromWire(dedup.mode), windowMs: dedup.windowMs };
}

function timeoutsView(timeouts: Timeouts__Output | null): JobSummary["timeouts"] {
  const { queueMs = 0, attemptMs = 0, totalMs = 0 } = timeouts ?? {};
  return { queueMs, attemptMs, totalMs };
}

function progressView(progress: Progress__Output | null): ProgressView | undefined {
  if (progress === null) return undefined;
  const { percent, note, atMs } = progress;
  return { percent: percent < 0 ? undefined : percent, note, atMs };
}

export function dependencyView(dependency: Dependency__Output): DependencyView {
  const { id, state, result, resultDropped, reason } = dependency;
  const name = nameOfState(state);
  const ended = name === "completed" || name === "dead" || name === "cancelled" ? name : undefined;
  const bytes = ended === "completed" && !resultDropped ? result : undefined;
  return { id, state: ended, result: bytes, resultDropped, reason };
}

export function jobView<Input, Output>(
  job: Job__Output,
  codec: Codec<Input> | undefined,
  resultCodec: Codec<Output> | undefined,
): Job<Input, Output> {
  const { payload = new Uint8Array(0), waitFor = null } = job.spec ?? {};
  const { checkpoint } = job;
  return {
    ...jobSummary(job),
    data: decodeWith(codecOr(codec), payload, "the job's data"),
    result:
      job.state === "JOB_STATE_COMPLETED"
        ? decodeWith(codecOr(resultCodec), job.result, "the job's result")
        : undefined,
    checkpoint:
      checkpoint === null
        ? undefined
        : { bytes: checkpoint.data, atMs: checkpoint.atMs, token: checkpoint.token },
    onFailure: waitFor === null ? undefined : onFailureFromWire(waitFor.onFailure),
    dependencies: job.dependencies.map(dependencyView),
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
    waiting: stats.waiting,
  };
}
