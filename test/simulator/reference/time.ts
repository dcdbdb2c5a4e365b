import { fail } from "./attempts.ts";
import { settle } from "./flows.ts";
import { byEnd, bySequence, deadlineOf, type ReferenceJob } from "./job.ts";
import type { ReferenceState } from "./state.ts";

/** All that is due; returns how much that was. */
export function fireTimers(state: ReferenceState): number {
  const steps = [fireDeadlines, promote, settle, forgetKeys, purge, trim];
  return steps.reduce((fired, step) => fired + step(state), state.limits.fireTimers());
}

function fireDeadlines(state: ReferenceState): number {
  for (let fired = 0; ; fired++) {
    const late = [...state.timed].filter((job) => deadlineOf(job).at <= state.now);
    const [job] = late.sort((a, b) => deadlineOf(a).at - deadlineOf(b).at || bySequence(a, b));
    if (job === undefined) return fired;
    timeOut(state, job);
  }
}

function timeOut(state: ReferenceState, job: ReferenceJob): void {
  const { kind } = deadlineOf(job);
  const cause = kind === "queue" ? "queueTimeout" : "totalTimeout";
  const end = "timedOut";
  if (job.claim === null) state.finish(job, "dead", cause);
  else if (kind === "attempt") fail(state, job, job.claim, { end, retryable: true, wish: null });
  else fail(state, job, job.claim, { end, retryable: false, wish: null, cause });
}

function promote(state: ReferenceState): number {
  const due = [...state.inState("scheduled")].filter((job) => job.dueAt <= state.now);
  for (const job of due.sort((a, b) => a.dueAt - b.dueAt || bySequence(a, b))) state.ready(job, "tail");
  return due.length;
}

function forgetKeys(state: ReferenceState): number {
  const over = [...state.windows].filter(([, { until }]) => until <= state.now);
  for (const [key] of over) state.windows.delete(key);
  return over.length;
}

function purge(state: ReferenceState): number {
  let purged = 0;
  for (const ended of ["completed", "cancelled", "dead"] as const) {
    for (const job of state.inState(ended)) {
      const { retentionMs, deadRetentionMs } = job.spec;
      const keptMs = ended === "dead" ? deadRetentionMs : retentionMs;
      if ((job.finishedAt ?? 0) + keptMs > state.now) continue;
      state.remove(job);
      purged += 1;
    }
  }
  return purged;
}

/** Completed and cancelled jobs beyond the bounds of their queues, the first to end first. */
export function trim(state: ReferenceState): number {
  let trimmed = 0;
  if (state.settling.size > 0) return 0;
  for (const { queue, maxEnded, maxEndedBytes } of state.limits.settings.values()) {
    if (maxEnded === 0 && maxEndedBytes === 0) continue;
    const kept = [...state.keptIn(queue)].sort(byEnd);
    let bytes = kept.reduce((sum, job) => sum + bytesOf(job), 0);
    const isOver = (): boolean =>
      (maxEnded > 0 && kept.length > maxEnded) || (maxEndedBytes > 0 && bytes > maxEndedBytes);
    for (let oldest = kept[0]; oldest !== undefined && isOver(); oldest = kept[0]) {
      bytes -= bytesOf(oldest);
      kept.shift();
      state.remove(oldest);
      trimmed += 1;
    }
  }
  return trimmed;
}

function bytesOf({ spec, result }: ReferenceJob): number {
  return spec.payload.length + (result?.length ?? 0);
}

/** When `fireTimers` has something to do, or null. */
export function nextTimerAt(state: ReferenceState): number | null {
  if (state.settling.size > 0) return state.now;
  const ended = (["completed", "cancelled", "dead"] as const).flatMap((how) =>
    [...state.inState(how)].map(({ spec, finishedAt }) => {
      return (finishedAt ?? 0) + (how === "dead" ? spec.deadRetentionMs : spec.retentionMs);
    }),
  );
  const times = [
    ...ended,
    ...[...state.inState("scheduled")].map(({ dueAt }) => dueAt),
    ...[...state.timed].map((job) => deadlineOf(job).at),
    ...[...state.windows.values()].map(({ until }) => until),
    ...state.limits.timers(),
  ];
  const next = times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return next === Number.POSITIVE_INFINITY ? null : next;
}
