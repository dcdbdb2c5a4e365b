import type { JobId } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import type { RetryPolicy } from "./types.ts";

/**
 * Whole milliseconds to wait after attempt `attempt` (1 for the first) failed:
 * min(maxBackoffMs, initialBackoffMs * multiplier^(attempt-1)), less the jitter, which is a hash of (job id,
 * attempt) and thus the same on every node. A worker's `retryAfterMs` above 0 takes the place of all that, yet
 * never goes over maxBackoffMs: the policy's owner, not the worker, says how long a job may be held back.
 */
export function backoffDelayMs(
  policy: RetryPolicy,
  id: JobId,
  attempt: number,
  retryAfterMs: number | null,
): number {
  // The wire cannot tell 0 from "no wish", so neither may we: nodes must agree.
  if (retryAfterMs !== null && retryAfterMs > 0) return Math.min(retryAfterMs, policy.maxBackoffMs);
  const delay = wholeDelayMs(policy, attempt);
  const unit = hash32(id, attempt) / 0x1_0000_0000;
  switch (policy.jitter) {
    case "none":
      return delay;
    case "equal": {
      const least = Math.ceil(delay / 2);
      return least + Math.floor(unit * (delay - least + 1));
    }
    case "full":
    case "decorrelated":
      return Math.floor(unit * (delay + 1));
  }
}

/** By repeated multiplication: `Math.pow` may differ in the last bit between versions of the runtime. */
function wholeDelayMs(policy: RetryPolicy, attempt: number): number {
  let delay = policy.initialBackoffMs;
  if (policy.multiplier > 1 && delay > 0) {
    for (let n = 1; n < attempt && delay < policy.maxBackoffMs; n++) delay *= policy.multiplier;
  }
  return Math.floor(Math.min(delay, policy.maxBackoffMs));
}
