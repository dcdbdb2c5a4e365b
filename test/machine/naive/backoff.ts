import type { JobId } from "../../../src/base/brands.ts";
import { hash32 } from "../../../src/base/random.ts";
import type { RetryPolicy } from "../../../src/machine/types.ts";

/** The table of delays in docs/jobs.md, row by row. */
export function naiveDelayMs(
  policy: RetryPolicy,
  id: JobId,
  attempt: number,
  wishMs: number | null,
  lastMs: number,
): number {
  const { initialBackoffMs: initial, maxBackoffMs: most, jitter } = policy;
  if (wishMs !== null && wishMs > 0) return Math.min(wishMs, most);
  const drawn = hash32(id, attempt) / 2 ** 32;
  const from = (least: number, greatest: number): number =>
    least + Math.floor(drawn * (greatest - least + 1));
  if (jitter === "decorrelated") {
    const before = lastMs > initial ? lastMs : initial;
    return from(Math.floor(Math.min(initial, most)), Math.floor(Math.min(3 * before, most)));
  }
  const delay = Math.floor(Math.min(most, wholeMs(policy, attempt)));
  if (jitter === "none") return delay;
  return jitter === "full" ? from(0, delay) : from(delay - Math.floor(delay / 2), delay);
}

function wholeMs({ initialBackoffMs, multiplier, backoff, delaysMs = [] }: RetryPolicy, n: number): number {
  if (backoff === "linear") return initialBackoffMs * n;
  if (backoff === "fixed") return initialBackoffMs;
  if (backoff === "list") return delaysMs[Math.min(n, delaysMs.length) - 1] ?? 0;
  return initialBackoffMs * multiplier ** (n - 1);
}
