import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { controlCharacter, jobBounds, loneSurrogate, namePattern } from "../base/jobBounds.ts";

const dayMs = 86_400_000;

/** `what` appears in the error. Throws INVALID_ARGUMENT unless `value` may name a queue, a job or a worker. */
export function checkName(value: string, what: string): string {
  // A pattern would take a number, or undefined, by its text.
  if (typeof value === "string" && namePattern.test(value)) return value;
  throw invalid(what, value, "1 to 128 characters of A-Z a-z 0-9 . _ : / -");
}

/** Well-formed text of `min` to `max` characters. */
export function checkText(value: string, what: string, max: number, min = 1): string {
  return checkWellFormed(checkLength(value, what, max, min), what);
}

/** Text of `min` to `max` characters, whatever they are. */
export function checkLength(value: string, what: string, max: number, min = 0): string {
  if (typeof value === "string" && value.length >= min && value.length <= max) return value;
  throw invalid(what, value, `text of ${min} to ${max} characters`);
}

/** Without lone surrogates: two names that differ in these only would be one on the wire. */
export function checkWellFormed(value: string, what: string): string {
  if (!loneSurrogate.test(value)) return value;
  throw invalid(what, value, "well-formed text: half of a surrogate pair is in it");
}

/** Text that only people read: a lone surrogate, as `slice` leaves it in the middle of a character, is replaced. */
export function wellFormed(text: string): string {
  return loneSurrogate.test(text) ? text.replace(new RegExp(loneSurrogate, "gu"), "\ufffd") : text;
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

/** For programs without a type checker: a text has a length, too. */
export function checkArray<Item>(value: readonly Item[], what: string): readonly Item[] {
  if (Array.isArray(value)) return value as readonly Item[];
  throw invalid(what, value, "an array");
}

/** The same error, saying first of which part of the call it speaks. */
export function placed({ code, message, issues, cause }: ConclaveError, where: string): ConclaveError {
  return new ConclaveError(code, `${where}: ${message}`, { cause, issues });
}

export function invalid(what: string, value: unknown, wanted: string): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", `${what}: ${shown(value)} is not ${wanted}`);
}

/** A value as a message shows it, whatever a program without a type checker gave. */
export function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function textOf(value: unknown): string {
  // JSON has no NaN and no Infinity: it would say null.
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? `${value}n` : `this ${typeof value}`;
  }
}
