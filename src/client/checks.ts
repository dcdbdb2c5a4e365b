import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { controlCharacter, jobBounds, namePattern } from "../base/jobBounds.ts";

const dayMs = 86_400_000;

/** `what` appears in the error. Throws INVALID_ARGUMENT unless `value` may name a queue, a job or a worker. */
export function checkName(value: string, what: string): string {
  if (namePattern.test(value)) return value;
  throw invalid(what, value, "1 to 128 characters of A-Z a-z 0-9 . _ : / -");
}

/** Text of `min` to `max` characters. */
export function checkText(value: string, what: string, max: number, min = 1): string {
  if (typeof value === "string" && value.length >= min && value.length <= max) return value;
  throw invalid(what, value, `text of ${min} to ${max} characters`);
}

/** The same without control characters. */
export function checkLine(value: string, what: string, max: number, min = 1): string {
  if (!controlCharacter.test(checkText(value, what, max, min))) return value;
  throw invalid(what, value, "text without control characters");
}

/** A whole number. */
export function checkCount(value: number, what: string, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(what, value, `a whole number from ${min} to ${max}`);
}

/**
 * A duration in ms, 0 where it is left out. Where 0 would say something else on the wire ("as by default"), `minMs` is 1. `maxMs` is a
 * number of days.
 */
export function checkDuration(
  value: Duration | undefined,
  what: string,
  minMs = 1,
  maxMs: number = jobBounds.maxDelayMs,
): number {
  if (value === undefined) return 0;
  const ms = toMs(value, what);
  if (ms < minMs) throw invalid(what, value, `at least ${minMs} ms; leave it out for the default`);
  if (ms > maxMs) throw invalid(what, value, `at most ${maxMs / dayMs} days`);
  return ms;
}

/** The same error, saying first of which part of the call it speaks. */
export function placed({ code, message, issues, cause }: ConclaveError, where: string): ConclaveError {
  return new ConclaveError(code, `${where}: ${message}`, { cause, issues });
}

export function invalid(what: string, value: unknown, wanted: string): ConclaveError {
  const shown = JSON.stringify(value) ?? String(value);
  const short = shown.length > 200 ? `${shown.slice(0, 200)}...` : shown;
  return new ConclaveError("INVALID_ARGUMENT", `${what}: ${short} is not ${wanted}`);
}
