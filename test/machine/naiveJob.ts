import type { JobId } from "../../src/base/brands.ts";
import type { JobSpec, JobState } from "../../src/machine/types.ts";

/** A job of the naive model of lives, as a plain, mutable object. */
export interface NaiveJob {
  readonly spec: JobSpec;
  readonly sequence: number;
  readonly enqueuedAt: number;
  state: JobState;
  attempt: number;
  dueAt: number;
  order: number;
  claim: { readonly claimedAt: number; expiresAt: number } | null;
  lastToken: number;
  lastEnd: string | null;
  finishedAt: number | null;
  queuedAt: number | null;
  redrivenAt: number | null;
  lastDelayMs: number;
  cancelRequested: boolean;
  result: Uint8Array | null;
  saved: Uint8Array | null;
  percent: number | null;
  waitsFor: { readonly id: JobId; state: JobState | null }[] | null;
}

export const hasEnded = (job: NaiveJob): boolean => job.finishedAt !== null;
export const bySequence = (a: NaiveJob, b: NaiveJob): number => a.sequence - b.sequence;

export function newJob(spec: JobSpec, sequence: number, enqueuedAt: number): NaiveJob {
  return {
    spec,
    sequence,
    enqueuedAt,
    state: "waiting",
    attempt: 0,
    dueAt: 0,
    order: 0,
    claim: null,
    lastToken: 0,
    lastEnd: null,
    finishedAt: null,
    queuedAt: null,
    redrivenAt: null,
    lastDelayMs: 0,
    cancelRequested: false,
    result: null,
    saved: null,
    percent: null,
    waitsFor: null,
  };
}

/** What the machine should show of it. */
export function viewOf(job: NaiveJob): unknown {
  return {
    id: job.spec.id,
    state: job.state,
    attempt: job.attempt,
    dueAt: job.state === "scheduled" ? job.dueAt : 0,
    token: job.lastToken,
    expiresAt: job.claim?.expiresAt ?? null,
    finishedAt: job.finishedAt,
    cancelRequested: job.cancelRequested,
    saved: job.saved,
    percent: job.percent,
    waitsFor: job.waitsFor ?? [],
  };
}

/** The first of its timeouts to run out in the state that it is in. */
export function deadlineOf(job: NaiveJob): { readonly at: number; readonly kind: string } {
  const { queueMs = 0, attemptMs = 0, totalMs = 0 } = job.spec.timeouts ?? {};
  const none = Number.POSITIVE_INFINITY;
  const isQueued = job.state === "ready" && job.queuedAt !== null && queueMs > 0;
  const all = [
    { kind: "total", at: totalMs > 0 ? (job.redrivenAt ?? job.enqueuedAt) + totalMs : none },
    { kind: "attempt", at: attemptMs > 0 && job.claim !== null ? job.claim.claimedAt + attemptMs : none },
    { kind: "queue", at: isQueued ? (job.queuedAt ?? 0) + queueMs : none },
  ];
  return all.reduce((first, each) => (each.at < first.at ? each : first));
}
