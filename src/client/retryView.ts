import type { RetryPolicy__Output } from "../generated/conclave/v1/RetryPolicy.ts";
import { type Backoff, backoffFromWire, type Jitter, jitterFromWire } from "./names.ts";

/** When the next attempt is due; see `RetryOptions`. */
export interface BackoffView {
  readonly backoff: Backoff;
  /** Of the backoff `list`. */
  readonly delaysMs: readonly number[];
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  readonly jitter: Jitter;
}

export interface RetryView extends BackoffView {
  readonly maxAttempts: number;
}

export function retryView(retry: RetryPolicy__Output): RetryView {
  return { maxAttempts: retry.maxAttempts, ...backoffView(retry) };
}

export function backoffView(retry: RetryPolicy__Output | null): BackoffView {
  return {
    backoff: backoffFromWire(retry?.backoff ?? "BACKOFF_UNSPECIFIED"),
    delaysMs: retry?.delaysMs ?? [],
    initialBackoffMs: retry?.initialBackoffMs ?? 0,
    multiplier: retry?.multiplier ?? 0,
    maxBackoffMs: retry?.maxBackoffMs ?? 0,
    jitter: jitterFromWire(retry?.jitter ?? "JITTER_UNSPECIFIED"),
  };
}
