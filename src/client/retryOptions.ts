import { type Duration, toMs } from "../base/duration.ts";
import type { RetryPolicy } from "../generated/conclave/v1/RetryPolicy.ts";
import { checkCount, checkDuration, invalid } from "./checks.ts";
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
  /** Default 1 s. */
  readonly initialBackoff?: Duration | undefined;
  /** Default 2; at least 1. */
  readonly multiplier?: number | undefined;
  /** Default 60 s. */
  readonly maxBackoff?: Duration | undefined;
  /**
   * `equal` (default): between half the delay and the delay; `full`: between nothing and the delay; `decorrelated`: between
   * initialBackoff and three times the delay before; `none`.
   */
  readonly jitter?: Jitter | undefined;
}

/** Throws INVALID_ARGUMENT for what the server would refuse. */
export function retryPolicy(retry: RetryOptions): RetryPolicy {
  const { maxAttempts, multiplier, delays, jitter } = retry;
  const { backoff = delays === undefined ? undefined : "list" } = retry;
  if (multiplier !== undefined && !(Number.isFinite(multiplier) && multiplier >= 1)) {
    throw invalid("retry.multiplier", multiplier, "a number of at least 1");
  }
  if (backoff === "list" && (delays === undefined || delays.length === 0 || delays.length > 100)) {
    throw invalid("retry.delays", delays?.length, "1 to 100 delays, which the backoff list needs");
  }
  if (backoff !== "list" && delays !== undefined) {
    throw invalid("retry.backoff", backoff, "list, and delays are given");
  }
  return {
    maxAttempts: maxAttempts === undefined ? 0 : checkCount(maxAttempts, "retry.maxAttempts", 1, 1000),
    multiplier: multiplier ?? 0,
    initialBackoffMs: checkDuration(retry.initialBackoff, "retry.initialBackoff"),
    maxBackoffMs: checkDuration(retry.maxBackoff, "retry.maxBackoff"),
    jitter: jitter === undefined ? "JITTER_UNSPECIFIED" : toWire(jitterToWire, jitter, "retry.jitter"),
    ...(backoff !== undefined && { backoff: toWire(backoffToWire, backoff, "retry.backoff") }),
    ...(delays !== undefined && { delaysMs: delays.map((delay, at) => toMs(delay, `retry.delays[${at}]`)) }),
  };
}
