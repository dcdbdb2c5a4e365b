import type { FencingToken, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  AttemptEnd,
  AttemptRecord,
  Claim,
  Dependency,
  Job,
  JobSpec,
  JobState,
  Progress,
  SavedCheckpoint,
} from "../../../src/machine/types.ts";

/** A job as a plain, mutable object. Texts for people (errors, reasons) are left out. */
export interface NaiveJob {
  readonly spec: JobSpec;
  readonly sequence: number;
  readonly enqueuedAt: LogTimeMs;
  state: JobState;
  attempt: number;
  dueAt: LogTimeMs;
  /** Place in the order of readiness, and when the job got it. */
  order: number;
  readyAt: LogTimeMs;
  claim: Claim | null;
  lastToken: FencingToken;
  lastEnd: AttemptEnd | null;
  history: AttemptRecord[];
  result: Uint8Array | null;
  finishedAt: LogTimeMs | null;
  cancelRequested: boolean;
  /** Since when it waits for its first claim. */
  queuedAt: LogTimeMs | null;
  redrivenAt: LogTimeMs | null;
  lastDelayMs: number;
  progress: Progress | null;
  checkpoint: SavedCheckpoint | null;
  dependencies: Dependency[] | null;
}

export const hasEnded = (job: NaiveJob): boolean => job.finishedAt !== null;
export const bySequence = (a: NaiveJob, b: NaiveJob): number => a.sequence - b.sequence;
export const byEnd = (a: NaiveJob, b: NaiveJob): number =>
  (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || bySequence(a, b);

/** What the machine should show of it. */
export function expectedJob(job: NaiveJob): Job {
  const { spec, state, attempt, enqueuedAt, dueAt, claim, lastToken, history, result, finishedAt } = job;
  const { cancelRequested, progress, checkpoint, dependencies } = job;
  const always = { spec, state, attempt, enqueuedAt, dueAt, claim, lastToken, history, result, finishedAt };
  return {
    ...always,
    reason: "",
    cancelRequested,
    ...(progress !== null && { progress }),
    ...(checkpoint !== null && { checkpoint }),
    ...(dependencies !== null && { dependencies }),
  };
}

export type TimeoutKind = "queue" | "attempt" | "total";

/** The first of its timeouts to run out in the state that it is in; null for none. */
export function deadlineOf(job: NaiveJob): { readonly at: number; readonly kind: TimeoutKind } | null {
  if (hasEnded(job)) return null;
  const { queueMs = 0, attemptMs = 0, totalMs = 0 } = job.spec.timeouts ?? {};
  const all: { at: number; kind: TimeoutKind }[] = [];
  if (totalMs > 0) all.push({ kind: "total", at: (job.redrivenAt ?? job.enqueuedAt) + totalMs });
  if (attemptMs > 0 && job.claim) all.push({ kind: "attempt", at: job.claim.claimedAt + attemptMs });
  if (queueMs > 0 && job.state === "ready" && job.queuedAt !== null) {
    all.push({ kind: "queue", at: job.queuedAt + queueMs });
  }
  // Of two at once the one that says more: the whole job's.
  return all.sort((a, b) => a.at - b.at)[0] ?? null;
}

/** When retention forgets it; null while it has not ended. */
export function purgeAt(job: NaiveJob): number | null {
  const { retentionMs, deadRetentionMs } = job.spec;
  return job.finishedAt === null
    ? null
    : job.finishedAt + (job.state === "dead" ? deadRetentionMs : retentionMs);
}
