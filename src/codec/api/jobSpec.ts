import { JobId, LogTimeMs } from "../../base/brands.ts";
import type { EnqueueRequest__Output } from "../../generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec, JobSpec__Output } from "../../generated/conclave/v1/JobSpec.ts";
import type { RetryPolicy__Output } from "../../generated/conclave/v1/RetryPolicy.ts";
import type * as machine from "../../machine/types.ts";
import { batch, bytesUpTo, line, name, refuse, within, withinOr } from "./check.ts";
import { jitterFrom, priorityFrom, wireJitter, wirePriority } from "./enums.ts";
import { defaults, limits } from "./limits.ts";

const ms = " (milliseconds)";

/**
 * All jobs of a request, checked, each with every default filled in: a log entry must mean the same to every
 * version that will ever apply it. One bad job refuses the whole request. `bytes` is the encoded request's size.
 */
export function jobSpecs(request: EnqueueRequest__Output, bytes: number): readonly machine.JobSpec[] {
  batch("jobs", request.jobs.length, limits.maxBatch, bytes, limits.maxRequestBytes);
  return request.jobs.map((job, index) => jobSpec(`jobs[${index}]`, job));
}

/** Throws INVALID_ARGUMENT for an id that could not be echoed exactly. */
export function requestId(value: number): number {
  return within("request_id", value, 0, Number.MAX_SAFE_INTEGER);
}

function jobSpec(at: string, job: JobSpec__Output): machine.JobSpec {
  return {
    id: JobId(name(`${at}.id`, job.id)),
    queue: name(`${at}.queue`, job.queue),
    priority: priorityFrom(`${at}.priority`, job.priority, "normal"),
    payload: bytesUpTo(`${at}.payload`, job.payload, limits.maxPayloadBytes),
    agent: line(`${at}.agent`, job.agent, limits.maxAgentCharacters),
    runAt: LogTimeMs(within(`${at}.run_at_ms`, job.runAtMs, 0, limits.maxTimeMs, ms)),
    delayMs: within(`${at}.delay_ms`, job.delayMs, 0, limits.maxDelayMs, ms),
    retry: retryPolicy(`${at}.retry`, job.retry),
    leaseMs: withinOr(
      defaults.leaseMs,
      `${at}.lease_ms`,
      job.leaseMs,
      limits.minLeaseMs,
      limits.maxLeaseMs,
      ms,
    ),
    retentionMs: withinOr(
      defaults.retentionMs,
      `${at}.retention_ms`,
      job.retentionMs,
      1,
      limits.maxDelayMs,
      ms,
    ),
    deadRetentionMs: withinOr(
      defaults.deadRetentionMs,
      `${at}.dead_retention_ms`,
      job.deadRetentionMs,
      1,
      limits.maxDelayMs,
      ms,
    ),
  };
}

const noPolicy: RetryPolicy__Output = {
  maxAttempts: 0,
  initialBackoffMs: 0,
  multiplier: 0,
  maxBackoffMs: 0,
  jitter: "JITTER_UNSPECIFIED",
  backoff: "BACKOFF_UNSPECIFIED",
  delaysMs: [],
};

function retryPolicy(at: string, policy: RetryPolicy__Output | null): machine.RetryPolicy {
  const { maxAttempts, initialBackoffMs, multiplier, maxBackoffMs, jitter } = policy ?? noPolicy;
  const most = withinOr(
    defaults.maxBackoffMs,
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
  };
}

function growth(field: string, multiplier: number): number {
  if (multiplier === 0) return defaults.multiplier;
  if (multiplier >= 1 && multiplier <= limits.maxMultiplier) return multiplier;
  return refuse(
    field,
    `is ${multiplier}; it must be from 1 to ${limits.maxMultiplier}, or 0 for the default (${defaults.multiplier})`,
  );
}

export function jobSpecToWire(spec: machine.JobSpec): JobSpec {
  return {
    id: spec.id,
    queue: spec.queue,
    priority: wirePriority[spec.priority],
    payload: spec.payload,
    agent: spec.agent,
    runAtMs: spec.runAt,
    delayMs: spec.delayMs,
    retry: {
      maxAttempts: spec.retry.maxAttempts,
      initialBackoffMs: spec.retry.initialBackoffMs,
      multiplier: spec.retry.multiplier,
      maxBackoffMs: spec.retry.maxBackoffMs,
      jitter: wireJitter[spec.retry.jitter],
    },
    leaseMs: spec.leaseMs,
    retentionMs: spec.retentionMs,
    deadRetentionMs: spec.deadRetentionMs,
  };
}
