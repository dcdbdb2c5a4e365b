import type { RetryPolicy, RetryPolicy__Output } from "../../generated/conclave/v1/RetryPolicy.ts";
import type * as machine from "../../machine/types.ts";
import { refuse, within, withinOr } from "./check.ts";
import { backoffFrom, jitterFrom, wireBackoff, wireJitter } from "./enums.ts";
import { defaults, limits } from "./limits.ts";

const ms = " (milliseconds)";

const noPolicy: RetryPolicy__Output = {
  maxAttempts: 0,
  initialBackoffMs: 0,
  multiplier: 0,
  maxBackoffMs: 0,
  jitter: "JITTER_UNSPECIFIED",
  backoff: "BACKOFF_UNSPECIFIED",
  delaysMs: [],
  byDefault: false,
};

type Kind = keyof typeof wireBackoff;

/** What there is where nobody asks for anything, and the queue has no policy. */
const byDefault: machine.RetryPolicy = { ...complete("retry", noPolicy), byDefault: true };

/** The policy with every default filled in; `backoff` and `delaysMs` are left out where they say nothing. */
export function retryPolicy(at: string, policy: RetryPolicy__Output | null): machine.RetryPolicy {
  return policy === null || policy.byDefault ? byDefault : complete(at, policy);
}

function complete(at: string, policy: RetryPolicy__Output): machine.RetryPolicy {
  const { maxAttempts, initialBackoffMs, multiplier, maxBackoffMs, jitter, ...rest } = policy;
  const kind: Kind = backoffFrom(`${at}.backoff`, rest.backoff, "exponential");
  const delaysMs = retryDelays(`${at}.delays_ms`, kind, rest.delaysMs);
  const most = withinOr(
    // A delay that was asked for as such is not cut short by a default.
    Math.max(
      ...(kind === "list" ? delaysMs : [defaults.maxBackoffMs]),
      kind === "fixed" ? initialBackoffMs : 1,
    ),
    `${at}.max_backoff_ms`,
    maxBackoffMs,
    1,
    limits.maxBackoffMs,
    ms,
  );
  // A short cap with no first delay of its own is no contradiction: the default gives way to it.
  const first = withinOr(
    Math.min(defaults.initialBackoffMs, most),
    `${at}.initial_backoff_ms`,
    initialBackoffMs,
    1,
    limits.maxBackoffMs,
    ms,
  );
  if (first > most) {
    refuse(
      `${at}.initial_backoff_ms`,
      `is ${first}, above ${at}.max_backoff_ms (${most}): raise that as well`,
    );
  }
  return {
    maxAttempts: withinOr(defaults.maxAttempts, `${at}.max_attempts`, maxAttempts, 1, limits.maxAttempts),
    initialBackoffMs: first,
    multiplier: growth(`${at}.multiplier`, multiplier),
    maxBackoffMs: most,
    jitter: jitterFrom(`${at}.jitter`, jitter, "equal"),
    ...(kind !== "exponential" && { backoff: kind }),
    ...(kind === "list" && { delaysMs }),
  };
}

function retryDelays(field: string, kind: Kind, delays: readonly number[]): readonly number[] {
  const { maxRetryDelays, maxBackoffMs } = limits;
  if (kind !== "list") {
    if (delays.length > 0) refuse(field, "is set, but backoff is not BACKOFF_LIST");
    return delays;
  }
  if (delays.length === 0 || delays.length > maxRetryDelays) {
    refuse(field, `holds ${delays.length} delays; BACKOFF_LIST needs 1 to ${maxRetryDelays}`);
  }
  return delays.map((delay, index) => within(`${field}[${index}]`, delay, 0, maxBackoffMs, ms));
}

function growth(field: string, multiplier: number): number {
  if (multiplier === 0) return defaults.multiplier;
  if (multiplier >= 1 && multiplier <= limits.maxMultiplier) return multiplier;
  return refuse(
    field,
    `is ${multiplier}; it must be from 1 to ${limits.maxMultiplier}, or 0 for the default (${defaults.multiplier})`,
  );
}

export function retryPolicyToWire(retry: machine.RetryPolicy): RetryPolicy {
  return {
    maxAttempts: retry.maxAttempts,
    initialBackoffMs: retry.initialBackoffMs,
    multiplier: retry.multiplier,
    maxBackoffMs: retry.maxBackoffMs,
    jitter: wireJitter[retry.jitter],
    backoff: wireBackoff[retry.backoff ?? "exponential"],
    delaysMs: [...(retry.delaysMs ?? [])],
    byDefault: retry.byDefault === true,
  };
}
