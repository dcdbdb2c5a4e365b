import { JobId, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { JobSpec, RetryPolicy } from "../machine/types.ts";
import { storedJitter, storedPriority } from "./jobEnums.ts";

/** `JobSpec` of jobs.proto as protobufjs decodes it with a `NumberReader`: numbers for enums and 64-bit fields. */
export interface StoredSpec {
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  readonly payload: Uint8Array;
  readonly agent: string;
  readonly runAtMs: number;
  readonly delayMs: number;
  readonly retry: StoredRetry | null;
  readonly leaseMs: number;
  readonly retentionMs: number;
  readonly deadRetentionMs: number;
}

interface StoredRetry {
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  readonly jitter: number;
}

/**
 * `value`, which must be a whole number that the wire can carry: -1 or 0.5 would be encoded to something that no node
 * can read back, and a committed entry cannot be taken back. Throws INVALID_ARGUMENT.
 */
function whole(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    `${field} is ${value}; it must be a whole number from 0 to 2^53 - 1`,
  );
}

/** Throws INVALID_ARGUMENT for numbers that cannot be written. */
export function specToStored(spec: JobSpec): StoredSpec {
  const { retry } = spec;
  return {
    id: spec.id,
    queue: spec.queue,
    priority: storedPriority.number(spec.priority),
    payload: spec.payload,
    agent: spec.agent,
    runAtMs: whole("runAt", spec.runAt),
    delayMs: whole("delayMs", spec.delayMs),
    retry: {
      maxAttempts: whole("maxAttempts", retry.maxAttempts),
      initialBackoffMs: whole("initialBackoffMs", retry.initialBackoffMs),
      multiplier: retry.multiplier,
      maxBackoffMs: whole("maxBackoffMs", retry.maxBackoffMs),
      jitter: storedJitter.number(retry.jitter),
    },
    leaseMs: whole("leaseMs", spec.leaseMs),
    retentionMs: whole("retentionMs", spec.retentionMs),
    deadRetentionMs: whole("deadRetentionMs", spec.deadRetentionMs),
  };
}

/** Defaults were filled in before the spec was written, so what is absent is zero. */
export function specFromStored(stored: StoredSpec): JobSpec {
  return {
    id: JobId(stored.id),
    queue: stored.queue,
    priority: storedPriority.name(stored.priority) ?? "normal",
    payload: bytesOf(stored.payload),
    agent: stored.agent,
    runAt: LogTimeMs(stored.runAtMs),
    delayMs: stored.delayMs,
    retry: retryFromStored(stored.retry),
    leaseMs: stored.leaseMs,
    retentionMs: stored.retentionMs,
    deadRetentionMs: stored.deadRetentionMs,
  };
}

const noBytes = new Uint8Array(0);

/** The same empty array for all that are empty: a decoder makes one for each. */
export function bytesOf(stored: Uint8Array): Uint8Array {
  return stored.length === 0 ? noBytes : stored;
}

const noRetry: RetryPolicy = {
  maxAttempts: 1,
  initialBackoffMs: 0,
  multiplier: 1,
  maxBackoffMs: 0,
  jitter: "none",
};

function retryFromStored(stored: StoredRetry | null): RetryPolicy {
  if (stored === null) return noRetry;
  return {
    maxAttempts: stored.maxAttempts,
    initialBackoffMs: stored.initialBackoffMs,
    multiplier: stored.multiplier,
    maxBackoffMs: stored.maxBackoffMs,
    jitter: storedJitter.name(stored.jitter) ?? "equal",
  };
}
