import type { JobId } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import type { RetryPolicy } from "./types.ts";

/**
 * Whole milliseconds to wait after attempt `attempt` (1 for the first) failed: what `backoff` says, at most
 * maxBackoffMs, less the jitter, which is a hash of (job id, attempt) and thus the same on every node. With decorrelated
 * jitter the delay before, `lastDelayMs`, takes the place of `backoff`. A worker's `retryAfterMs` above 0 takes the place
 * of all that, yet never goes over maxBackoffMs: the policy's owner, not the worker, says how long a job may be held back.
 */
export function backoffDelayMs(
  policy: RetryPolicy,
  id: JobId,
  attempt: number,
  retryAfterMs: number | null,
  lastDelayMs = 0,
): number {
  // The wire cannot tell 0 from "no wish", so neither may we: nodes must agree.
  if (retryAfterMs !== null && retryAfterMs > 0) return Math.min(retryAfterMs, policy.maxBackoffMs);
  const unit = hash32(id, attempt) / 0x1_0000_0000;
  if (policy.jitter === "decorrelated") {
    const least = Math.min(policy.initialBackoffMs, policy.maxBackoffMs);
    const most = Math.min(policy.maxBackoffMs, 3 * Math.max(lastDelayMs, policy.initialBackoffMs));
    return between(Math.floor(least), Math.floor(most), unit);
  }
  const delay = wholeDelayMs(policy, attempt);
  switch (policy.jitter) {
    case "none":
      return delay;
    case "equal":
      return between(Math.ceil(delay / 2), delay, unit);
    case "full":
      return between(0, delay, unit);
  }
}

function between(least: number, most: number, unit: number): number {
  return least + Math.floor(unit * (most - least + 1));
}

function wholeDelayMs(policy: RetryPolicy, attempt: number): number {
  const { initialBackoffMs, maxBackoffMs, backoff, delaysMs = [] } = policy;
  if (backoff === undefined) return Math.floor(Math.min(exponential(policy, attempt), maxBackoffMs));
  switch (backoff) {
    case "linear":
      return Math.floor(Math.min(initialBackoffMs * attempt, maxBackoffMs));
    case "fixed":
      return Math.floor(Math.min(initialBackoffMs, maxBackoffMs));
    case "list":
      return Math.floor(Math.min(delaysMs[attempt - 1] ?? delaysMs.at(-1) ?? 0, maxBackoffMs));
  }
}

/** By repeated multiplication: `Math.pow` may differ in the last bit between versions of the runtime. */
function exponential({ initialBackoffMs, multiplier, maxBackoffMs }: RetryPolicy, attempt: number): number {
  let delay = initialBackoffMs;
  if (multiplier > 1 && delay > 0) {
    for (let n = 1; n < attempt && delay < maxBackoffMs; n++) delay *= multiplier;
  }
  return delay;
}
