import type { Duration } from "../base/duration.ts";
import { jobBounds, retryDefaults } from "../base/jobBounds.ts";
import type { RetryPolicy } from "../generated/conclave/v1/RetryPolicy.ts";
import { checkArray, checkCount, checkDuration, invalid } from "./checks.ts";
import { type Backoff, backoffToWire, type Jitter, jitterToWire, toWire } from "./names.ts";

/** Delay before attempt n + 1: min(maxBackoff, what `backoff` says), less the jitter. */
export interface RetryOptions {
  /** Attempts in all, the first included; default 5, at most 1000. */
  readonly maxAttempts?: number | undefined;
  /**
   * `exponential` (default): initialBackoff * multiplier^(n-1); `linear`: initialBackoff * n; `fixed`: initialBackoff;
   * `list`: delays[n-1], the last one again when they run out.
   */
  readonly backoff?: Backoff | undefined;
  /** Only with `list`, which it implies: 1 to 100 delays. */
  readonly delays?: readonly Duration[] | undefined;
  /** Default 1 s; at most `maxBackoff`. */
  readonly initialBackoff?: Duration | undefined;
  /** Default 2; 1 to 100. */
  readonly multiplier?: number | undefined;
  /** Default 60 s; at most 30 days. */
  readonly maxBackoff?: Duration | undefined;
  /**
   * `equal` (default): between half the delay and the delay; `full`: between nothing and the delay; `decorrelated`: between
   * initialBackoff and three times the delay before; `none`.
   */
  readonly jitter?: Jitter | undefined;
}

const fields: readonly (keyof RetryOptions)[] = [
  "maxAttempts",
  "backoff",
  "delays",
  "initialBackoff",
  "multiplier",
  "maxBackoff",
  "jitter",
];

/** What a job asks for. Null when it asks for nothing, by `{}` as well: then the policy of its queue holds. */
export function askedRetry(retry: RetryOptions | undefined): RetryPolicy | null {
  if (retry === undefined) return null;
  const policy = retryPolicy(retry);
  // By their names: they need not be its own, of a class with getters, say.
  return fields.some((field) => retry[field] !== undefined) ? policy : null;
}

/** Throws INVALID_ARGUMENT for what the server would refuse. */
export function retryPolicy(retry: RetryOptions): RetryPolicy {
  checkFields(retry);
  if (retry.delays !== undefined) checkArray(retry.delays, "retry.delays");
  const { maxAttempts, multiplier, delays, jitter } = retry;
  const { backoff = delays === undefined ? undefined : "list" } = retry;
  const { maxAttempts: maxMaxAttempts, maxMultiplier, maxRetryDelays, maxBackoffMs: longestMs } = jobBounds;
  if (
    multiplier !== undefined &&
    !(Number.isFinite(multiplier) && multiplier >= 1 && multiplier <= maxMultiplier)
  ) {
    throw invalid("retry.multiplier", multiplier, `a number from 1 to ${maxMultiplier}`);
  }
  if (backoff === "list" && (delays === undefined || delays.length === 0 || delays.length > maxRetryDelays)) {
    throw invalid(
      "retry.delays",
      delays?.length,
      `1 to ${maxRetryDelays} delays, which the backoff list needs`,
    );
  }
  if (backoff !== "list" && delays !== undefined) {
    throw invalid("retry.backoff", backoff, "list, and delays are given");
  }
  const delaysMs = delays?.map((delay, at) => checkDuration(delay, `retry.delays[${at}]`, 0, longestMs));
  const initialBackoffMs = checkDuration(retry.initialBackoff, "retry.initialBackoff", 1, longestMs);
  const maxBackoffMs = checkDuration(retry.maxBackoff, "retry.maxBackoff", 1, longestMs);
  // A delay that is asked for as such is its own cap.
  const capMs = Math.max(
    ...(delaysMs ?? [retryDefaults.maxBackoffMs]),
    backoff === "fixed" ? initialBackoffMs : 1,
  );
  if (initialBackoffMs > (maxBackoffMs || capMs)) {
    throw invalid(
      "retry.initialBackoff",
      retry.initialBackoff,
      `within maxBackoff (${maxBackoffMs || capMs} ms): raise that as well`,
    );
  }
  return {
    maxAttempts:
      maxAttempts === undefined ? 0 : checkCount(maxAttempts, "retry.maxAttempts", 1, maxMaxAttempts),
    multiplier: multiplier ?? 0,
    initialBackoffMs,
    maxBackoffMs,
    jitter: jitter === undefined ? "JITTER_UNSPECIFIED" : toWire(jitterToWire, jitter, "retry.jitter"),
    ...(backoff !== undefined && { backoff: toWire(backoffToWire, backoff, "retry.backoff") }),
    ...(delaysMs !== undefined && { delaysMs }),
  };
}

/** A misspelt field, or a number in place of the options, would mean the default policy without a word. */
function checkFields(retry: unknown): void {
  if (typeof retry !== "object" || retry === null || Array.isArray(retry))
    throw invalid("retry", retry, `an object with some of ${fields.join(", ")}`);
  for (const field of Object.keys(retry))
    if (!fields.some((each) => each === field)) throw invalid("retry", field, `one of ${fields.join(", ")}`);
}
