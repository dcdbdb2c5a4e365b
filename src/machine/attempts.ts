import { LogTimeMs } from "../base/brands.ts";
import { backoffDelayMs } from "./backoff.ts";
import { cutText, maxErrorLength } from "./limits.ts";
import type { JobSlot } from "./slot.ts";
import type { MachineState } from "./state.ts";

/** How an attempt went wrong. `retryAfterMs` is the worker's wish, null for none. */
export interface Failure {
  readonly end: "failed" | "expired" | "timedOut";
  readonly error: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  /** It is the job that ends, and not only the attempt: `error` is its reason. */
  readonly whole?: true;
}

/**
 * Ends a running job's attempt that failed or whose lease ran out: the job is scheduled for its next attempt, or
 * dead when none is left (or cancelled, if somebody asked for that meanwhile). Returns when the next attempt is
 * due, or null when there is none.
 */
export function failAttempt(state: MachineState, slot: JobSlot, failure: Failure): LogTimeMs | null {
  const error = cutText(failure.error, maxErrorLength);
  const claim = state.endClaim(slot, failure.end, error);
  const { workerId } = claim;
  if (failure.end !== "failed") state.tellHolder(slot.id, claim, failure.end);
  state.totals.failures += 1;
  if (slot.cancelRequested) {
    state.finish(slot, "cancelled", slot.reason, null);
    return null;
  }
  const { id, template, attempt } = slot;
  const { queue, agent, retry } = template;
  if (!failure.retryable || attempt >= retry.maxAttempts) {
    const reason = deathReason(slot, failure, error);
    state.finish(slot, "dead", reason, null);
    state.notices.push({ type: "jobDead", id, queue, agent, attempts: attempt, reason, workerId });
    return null;
  }
  const delayMs = backoffDelayMs(retry, id, attempt, failure.retryAfterMs, slot.rare?.lastDelayMs);
  if (retry.jitter === "decorrelated") slot.needRare().lastDelayMs = delayMs;
  const dueAt = LogTimeMs(state.now + delayMs);
  if (delayMs > 0) state.schedule(slot, dueAt);
  // Nothing to wait for: a job whose worker vanished stands where it stood, one that failed queues up anew.
  else state.makeReady(slot, failure.end === "expired" ? "old" : "tail", dueAt);
  state.notices.push({
    type: "attemptFailed",
    id,
    queue,
    agent,
    attempt,
    maxAttempts: retry.maxAttempts,
    end: failure.end,
    error,
    delayMs,
    dueAt,
  });
  return dueAt;
}

/** Shutdown, snooze, or never delivered (`why`): the attempt does not count, and the job stands where it stood. */
export function releaseAttempt(state: MachineState, slot: JobSlot, why = "", delayMs = 0): void {
  state.endClaim(slot, "released", why);
  if (slot.cancelRequested) state.finish(slot, "cancelled", slot.reason, null);
  else if (delayMs > 0) {
    // It was in somebody's hands, and is wanted later: no queue timeout applies.
    if (slot.rare !== null) slot.rare.queuedAt = null;
    state.schedule(slot, LogTimeMs(state.now + delayMs));
  } else state.makeReady(slot, "old");
}

function deathReason(slot: JobSlot, failure: Failure, error: string): string {
  if (failure.whole) return error;
  const how = failure.end === "timedOut" ? "timed out" : failure.end;
  const what = `attempt ${slot.attempt} of ${slot.template.retry.maxAttempts} ${how}`;
  const why = failure.retryable ? "" : " and is not to be retried";
  return cutText(`${what}${why}: ${error}`, maxErrorLength);
}
