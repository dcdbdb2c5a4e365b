import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { Fail } from "../generated/conclave/v1/Fail.ts";
import { wellFormed } from "./checks.ts";

/** Thrown by a handler: another attempt would fail as well, the job is dead at once. */
export class NonRetryableError extends Error {
  override readonly name = "NonRetryableError";
  readonly retryable = false;
}

/** Thrown by a handler: the attempt failed, and the next should not begin before `retryAfter`. */
export class RetryAfterError extends Error {
  override readonly name = "RetryAfterError";
  readonly retryAfter: Duration;

  constructor(message: string, retryAfter: Duration, options?: ErrorOptions) {
    super(message, options);
    toMs(retryAfter, "retryAfter");
    this.retryAfter = retryAfter;
  }
}

/** Why `job.signal` aborted: somebody asked for the job to be cancelled. */
export class JobCancelled extends ConclaveError {
  override readonly name: string = "JobCancelled";

  constructor(message: string) {
    super("JOB_CANCELLED", message);
  }
}

/** The server keeps no more of an error's text. */
const maxErrorLength = 8_192;
const maxStackLines = 10;

/**
 * What a handler threw, as the cluster is told of it. `retryable: false` on any error makes the job dead, but on
 * a ConclaveError: there it says whether *that call* may be repeated, which is not whether the job may.
 */
export function failureOf(error: unknown): Fail {
  const fail: Fail = { error: describe(error), notRetryable: false, retryAfterMs: 0 };
  try {
    if (typeof error !== "object" || error === null || error instanceof ConclaveError) return fail;
    if ("retryable" in error && error.retryable === false) fail.notRetryable = true;
    if ("retryAfter" in error) fail.retryAfterMs = durationOrNothing(error.retryAfter);
  } catch {
    // What says nothing of it that can be read says nothing of it.
  }
  return fail;
}

/** A failure that no other attempt can cure, found by the worker itself. */
export function fatalFailure(error: unknown): Fail {
  return { error: describe(error), notRetryable: true, retryAfterMs: 0 };
}

/** Errors of other libraries may carry a `retryAfter` of their own kind: then the job's policy decides. */
function durationOrNothing(value: unknown): number {
  if (typeof value !== "number" && typeof value !== "string") return 0;
  try {
    // No policy's `maxBackoff`, which bounds it, is longer.
    return Math.min(toMs(value), jobBounds.maxBackoffMs);
  } catch {
    return 0;
  }
}

/** Anything can be thrown: what cannot even be read must not take the worker with it. */
function describe(error: unknown): string {
  try {
    return wellFormed(textOf(error));
  } catch {
    return "the handler threw something of which no text can be had";
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, maxErrorLength);
  const title = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  // Programs can make something else of it than a text.
  const stack: unknown = error.stack;
  const lines = typeof stack === "string" ? stack.split("\n") : [];
  const frames = lines.filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error ? [`caused by ${error.cause.name}: ${error.cause.message}`] : [];
  return [title, ...frames.slice(0, maxStackLines), ...cause].join("\n").slice(0, maxErrorLength);
}
