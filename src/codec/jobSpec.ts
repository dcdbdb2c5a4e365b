import { JobId, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Dedup, JobSpec, RetryPolicy, Timeouts, WaitFor } from "../machine/types.ts";
import { storedBackoff, storedDedupMode, storedJitter, storedOnFailure, storedPriority } from "./jobEnums.ts";

/**
 * `JobSpec` of job.proto as protobufjs decodes it with a `NumberReader`: numbers for enums and 64-bit fields.
 * Undefined is not written, and reads as the field's zero.
 */
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
  readonly tags?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly dedup?: { readonly key: string; readonly mode: number; readonly windowMs: number } | null;
  readonly timeouts?: Timeouts | null;
  readonly rejectWhenOpen?: boolean | undefined;
  readonly waitFor?: { readonly ids: readonly string[]; readonly onFailure: number } | null;
}

export interface StoredRetry {
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  readonly jitter: number;
  readonly backoff?: number | undefined;
  readonly delaysMs?: readonly number[] | undefined;
  readonly byDefault?: boolean | undefined;
}

/**
 * `value`, which must be a whole number that the wire can carry: -1 or 0.5 would be encoded to something that no node
 * can read back, and a committed entry cannot be taken back. Throws INVALID_ARGUMENT.
 */
export function whole(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    `${field} is ${value}; it must be a whole number from 0 to 2^53 - 1`,
  );
}

/** Throws INVALID_ARGUMENT for numbers that cannot be written. */
export function specToStored(spec: JobSpec): StoredSpec {
  const { dedup, timeouts, waitFor } = spec;
  const stored: StoredSpec = {
    id: spec.id,
    queue: spec.queue,
    priority: storedPriority.number(spec.priority),
    payload: spec.payload,
    agent: spec.agent,
    runAtMs: whole("runAt", spec.runAt),
    delayMs: whole("delayMs", spec.delayMs),
    retry: retryToStored(spec.retry),
    leaseMs: whole("leaseMs", spec.leaseMs),
    retentionMs: whole("retentionMs", spec.retentionMs),
    deadRetentionMs: whole("deadRetentionMs", spec.deadRetentionMs),
    tags: spec.tags,
    key: spec.key,
    rejectWhenOpen: spec.rejectWhenOpen,
  };
  if (dedup === undefined && timeouts === undefined && waitFor === undefined) return stored;
  return {
    ...stored,
    dedup: dedup === undefined ? null : dedupToStored(dedup),
    timeouts: timeouts === undefined ? null : timeoutsToStored(timeouts),
    waitFor: waitFor === undefined ? null : waitForToStored(waitFor),
  };
}

export function retryToStored(retry: RetryPolicy): StoredRetry {
  const { backoff, delaysMs, byDefault } = retry;
  return {
    maxAttempts: whole("maxAttempts", retry.maxAttempts),
    initialBackoffMs: whole("initialBackoffMs", retry.initialBackoffMs),
    multiplier: retry.multiplier,
    maxBackoffMs: whole("maxBackoffMs", retry.maxBackoffMs),
    jitter: storedJitter.number(retry.jitter),
    ...(backoff !== undefined && { backoff: storedBackoff.number(backoff) }),
    ...(delaysMs !== undefined && { delaysMs: delaysMs.map((ms) => whole("delaysMs", ms)) }),
    ...(byDefault === true && { byDefault }),
  };
}

function dedupToStored({ key, mode, windowMs }: Dedup): NonNullable<StoredSpec["dedup"]> {
  return { key, mode: storedDedupMode.number(mode), windowMs: whole("windowMs", windowMs) };
}

function timeoutsToStored({ queueMs, attemptMs, totalMs }: Timeouts): Timeouts {
  return {
    queueMs: whole("queueMs", queueMs),
    attemptMs: whole("attemptMs", attemptMs),
    totalMs: whole("totalMs", totalMs),
  };
}

function waitForToStored({ ids, onFailure }: WaitFor): NonNullable<StoredSpec["waitFor"]> {
  return { ids, onFailure: storedOnFailure.number(onFailure) };
}

/** Defaults were filled in before the spec was written, so what is absent is zero. */
export function specFromStored(stored: StoredSpec): JobSpec {
  const spec: JobSpec = {
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
  return hasMore(stored) ? { ...spec, ...moreFromStored(stored) } : spec;
}

type Rest = "tags" | "key" | "dedup" | "timeouts" | "rejectWhenOpen" | "waitFor";

function hasMore({ tags = [], key = "", dedup, timeouts, rejectWhenOpen, waitFor }: StoredSpec): boolean {
  const present = (part: object | null | undefined): boolean => part !== null && part !== undefined;
  const some = present(dedup) || present(timeouts) || present(waitFor);
  return some || tags.length > 0 || key !== "" || rejectWhenOpen === true;
}

function moreFromStored(stored: StoredSpec): Pick<JobSpec, Rest> {
  const { tags = [], key = "", dedup, timeouts, rejectWhenOpen = false, waitFor } = stored;
  return {
    ...(tags.length > 0 && { tags }),
    ...(key !== "" && { key }),
    ...(dedup && {
      dedup: {
        key: dedup.key,
        mode: storedDedupMode.name(dedup.mode) ?? "return",
        windowMs: dedup.windowMs,
      },
    }),
    ...(timeouts && {
      timeouts: { queueMs: timeouts.queueMs, attemptMs: timeouts.attemptMs, totalMs: timeouts.totalMs },
    }),
    ...(rejectWhenOpen && { rejectWhenOpen }),
    ...(waitFor && {
      waitFor: {
        ids: waitFor.ids.map(JobId),
        onFailure: storedOnFailure.name(waitFor.onFailure) ?? "fail",
      },
    }),
  };
}

const noBytes = new Uint8Array(0);

/** The same empty array for all that are empty: a decoder makes one for each. */
export function bytesOf(stored: Uint8Array): Uint8Array {
  return stored.length === 0 ? noBytes : stored;
}

export const noRetry: RetryPolicy = {
  maxAttempts: 1,
  initialBackoffMs: 0,
  multiplier: 1,
  maxBackoffMs: 0,
  jitter: "none",
};

export function retryFromStored(stored: StoredRetry | null): RetryPolicy {
  if (stored === null) return noRetry;
  const backoff = storedBackoff.name(stored.backoff ?? 0) ?? "exponential";
  const { delaysMs = [], byDefault = false } = stored;
  return {
    maxAttempts: stored.maxAttempts,
    initialBackoffMs: stored.initialBackoffMs,
    multiplier: stored.multiplier,
    maxBackoffMs: stored.maxBackoffMs,
    jitter: storedJitter.name(stored.jitter) ?? "equal",
    ...(backoff !== "exponential" && { backoff }),
    ...(delaysMs.length > 0 && { delaysMs }),
    ...(byDefault && { byDefault }),
  };
}
