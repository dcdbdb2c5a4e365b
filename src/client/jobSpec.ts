import { uuidv7 } from "uuidv7";
import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { RetryPolicy as WireRetryPolicy } from "../generated/conclave/v1/RetryPolicy.ts";
import { type Codec, codecOr, encodeWith } from "./codec.ts";
import { type Jitter, jitterToWire, type Priority, priorityToWire, toWire } from "./names.ts";

/** Delay before attempt n + 1: min(maxBackoff, initialBackoff * multiplier^(n-1)), less the jitter. */
export interface RetryOptions {
  /** Attempts in all, the first included; default 5, at most 1000. */
  readonly maxAttempts?: number | undefined;
  /** Default 1 s. */
  readonly initialBackoff?: Duration | undefined;
  /** Default 2; at least 1. */
  readonly multiplier?: number | undefined;
  /** Default 60 s. */
  readonly maxBackoff?: Duration | undefined;
  /** `equal` (default): between half the delay and the delay; `full`: between nothing and the delay. */
  readonly jitter?: Jitter | undefined;
}

export interface JobOptions<Input = unknown> {
  /** The same id is the same job: a repeated enqueue changes nothing. Default: a new UUIDv7. */
  readonly id?: string | undefined;
  /** Strict: no job is handed out while one of a higher priority is ready in its queue. Default `normal`. */
  readonly priority?: Priority | undefined;
  /** The key that breakers and limits will use. */
  readonly agent?: string | undefined;
  /** Not before this long after it was accepted. */
  readonly delay?: Duration | undefined;
  /** Not before this time (ms since the epoch, or a Date); with `delay` the later one holds. */
  readonly runAt?: Date | number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long a claim lives without a renewal; 1 s to 24 h, default 30 s. */
  readonly lease?: Duration | undefined;
  /** How long it stays readable once completed or cancelled; default 1 h. */
  readonly retention?: Duration | undefined;
  /** The same once dead; default 7 days. */
  readonly deadRetention?: Duration | undefined;
  /** Default: JSON. */
  readonly codec?: Codec<Input> | undefined;
}

const name = /^[A-Za-z0-9._:/-]{1,128}$/;

/** `what` appears in the error. Throws INVALID_ARGUMENT unless `value` may name a queue, a job or a worker. */
export function checkName(value: string, what: string): string {
  if (name.test(value)) return value;
  throw invalid(what, value, "1 to 128 characters of A-Z a-z 0-9 . _ : / -");
}

/**
 * The job as it travels, its id made once so that every retry is the same job. All that the server would
 * refuse is refused here: one bad job must not spoil the request that it shares with others.
 */
export function jobSpec<Input>(queue: string, data: Input, options: JobOptions<Input>): JobSpec {
  const { agent = "", runAt = 0 } = options;
  if (agent.length > 128) throw invalid("agent", agent, "at most 128 characters");
  const leaseMs = options.lease === undefined ? 0 : toMs(options.lease, "lease");
  if (options.lease !== undefined && (leaseMs < 1_000 || leaseMs > 86_400_000)) {
    throw invalid("lease", options.lease, "between 1 s and 24 h");
  }
  const runAtMs = Math.ceil(Number(runAt));
  if (!Number.isSafeInteger(runAtMs) || runAtMs < 0) {
    throw invalid("runAt", runAt, "a Date or ms since the epoch");
  }
  return {
    id: options.id === undefined ? uuidv7() : checkName(options.id, "id"),
    queue: checkName(queue, "queue"),
    priority: toWire(priorityToWire, options.priority ?? "normal", "priority"),
    payload: encodeWith(codecOr(options.codec), data, "the job's data"),
    agent,
    runAtMs,
    delayMs: options.delay === undefined ? 0 : toMs(options.delay, "delay"),
    retry: options.retry === undefined ? null : retryPolicy(options.retry),
    leaseMs,
    retentionMs: options.retention === undefined ? 0 : toMs(options.retention, "retention"),
    deadRetentionMs: options.deadRetention === undefined ? 0 : toMs(options.deadRetention, "deadRetention"),
  };
}

function retryPolicy(retry: RetryOptions): WireRetryPolicy {
  const { maxAttempts = 0, multiplier = 0 } = retry;
  if (
    retry.maxAttempts !== undefined &&
    !(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 1000)
  ) {
    throw invalid("retry.maxAttempts", maxAttempts, "a whole number from 1 to 1000");
  }
  if (retry.multiplier !== undefined && !(Number.isFinite(multiplier) && multiplier >= 1)) {
    throw invalid("retry.multiplier", multiplier, "a number of at least 1");
  }
  return {
    maxAttempts,
    multiplier,
    initialBackoffMs:
      retry.initialBackoff === undefined ? 0 : toMs(retry.initialBackoff, "retry.initialBackoff"),
    maxBackoffMs: retry.maxBackoff === undefined ? 0 : toMs(retry.maxBackoff, "retry.maxBackoff"),
    jitter:
      retry.jitter === undefined ? "JITTER_UNSPECIFIED" : toWire(jitterToWire, retry.jitter, "retry.jitter"),
  };
}

export function invalid(what: string, value: unknown, wanted: string): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", `${what}: ${JSON.stringify(value)} is not ${wanted}`);
}
