import { FencingToken, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  AttemptEnd,
  Claim,
  Dependency,
  JobSpec,
  JobState,
  Progress,
  SavedCheckpoint,
} from "../../../src/machine/types.ts";

/** What a dead or cancelled job owes its end to. */
export type Cause = "attempt" | "queueTimeout" | "totalTimeout" | "dependency" | "byHand";

/** A job as a plain, mutable object. */
export interface ReferenceJob {
  readonly spec: JobSpec;
  /** Place in the order of enqueueing. */
  readonly sequence: number;
  readonly enqueuedAt: LogTimeMs;
  state: JobState;
  attempt: number;
  dueAt: LogTimeMs;
  claim: Claim | null;
  lastToken: FencingToken;
  lastEnd: AttemptEnd | null;
  finishedAt: LogTimeMs | null;
  cancelRequested: boolean;
  /** Place in the order of readiness, and when it got it. */
  order: number;
  readyAt: number;
  /** Since when it waits for its first claim. */
  queuedAt: number | null;
  redrivenAt: LogTimeMs | null;
  lastDelayMs: number;
  result: Uint8Array | null;
  progress: Progress | null;
  checkpoint: SavedCheckpoint | null;
  dependencies: readonly Dependency[] | null;
  cause: Cause | null;
  /** Attempts that ended without completing it, and how the last of them did. */
  failures: number;
  lastFailure: AttemptEnd | null;
}

export function newJob(spec: JobSpec, sequence: number, enqueuedAt: LogTimeMs): ReferenceJob {
  return {
    spec,
    sequence,
    enqueuedAt,
    state: "waiting",
    attempt: 0,
    dueAt: LogTimeMs(0),
    claim: null,
    lastToken: FencingToken(0),
    lastEnd: null,
    finishedAt: null,
    cancelRequested: false,
    order: -1,
    readyAt: enqueuedAt,
    queuedAt: null,
    redrivenAt: null,
    lastDelayMs: 0,
    result: null,
    progress: null,
    checkpoint: null,
    dependencies: null,
    cause: null,
    failures: 0,
    lastFailure: null,
  };
}

export const bySequence = (a: ReferenceJob, b: ReferenceJob): number => a.sequence - b.sequence;
export const byEnd = (a: ReferenceJob, b: ReferenceJob): number =>
  (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || bySequence(a, b);

export interface Deadline {
  readonly at: number;
  readonly kind: "total" | "attempt" | "queue";
}

/** The first of its timeouts to run out in the state that it is in. */
export function deadlineOf(job: ReferenceJob): Deadline {
  const { queueMs = 0, attemptMs = 0, totalMs = 0 } = job.spec.timeouts ?? {};
  const never = Number.POSITIVE_INFINITY;
  const isQueued = queueMs > 0 && job.state === "ready" && job.queuedAt !== null;
  const total = totalMs > 0 ? (job.redrivenAt ?? job.enqueuedAt) + totalMs : never;
  const attempt = attemptMs > 0 && job.claim !== null ? job.claim.claimedAt + attemptMs : never;
  const queue = isQueued ? (job.queuedAt ?? 0) + queueMs : never;
  if (total <= attempt && total <= queue) return { at: total, kind: "total" };
  return attempt <= queue ? { at: attempt, kind: "attempt" } : { at: queue, kind: "queue" };
}
