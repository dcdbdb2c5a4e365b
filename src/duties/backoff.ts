import { type Duration, toMs } from "../base/duration.ts";
import type { Random } from "../base/random.ts";
import { invalid } from "../client/checks.ts";
import type { BackoffOptions } from "./types.ts";

export interface BackoffSettings {
  readonly initialMs: number;
  readonly multiplier: number;
  readonly maxMs: number;
}

const fields: readonly (keyof BackoffOptions)[] = ["initial", "multiplier", "max"];
/** As in a configuration file; cli/config/polledSources.ts. */
const maxMultiplier = 100;
const longestMs = 86_400_000;

/** Throws INVALID_ARGUMENT for what would be no wait, or one without an end. */
export function backoffSettings(options: BackoffOptions = {}): BackoffSettings {
  checkFields(options);
  const { multiplier = 2 } = options;
  if (!(Number.isFinite(multiplier) && multiplier >= 1 && multiplier <= maxMultiplier))
    throw invalid("backoff.multiplier", multiplier, `a number from 1 to ${maxMultiplier}`);
  const initialMs = waitMs(options.initial ?? 1_000, "backoff.initial");
  const maxMs = waitMs(options.max ?? Math.max(60_000, initialMs), "backoff.max");
  if (maxMs < initialMs)
    throw invalid("backoff.max", options.max, `at least backoff.initial (${initialMs} ms)`);
  return { initialMs, multiplier, maxMs };
}

function waitMs(given: Duration, what: string): number {
  const ms = toMs(given, what);
  if (ms >= 1 && ms <= longestMs) return ms;
  throw invalid(what, given, "a duration from 1 ms to 1 day");
}

/** A misspelt field, or a number in place of the options, would mean the defaults without a word. */
function checkFields(options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw invalid("backoff", options, `an object with some of ${fields.join(", ")}`);
  for (const field of Object.keys(options))
    if (!fields.some((each) => each === field))
      throw invalid("backoff", field, `one of ${fields.join(", ")}`);
}

/** The wait after the n-th failure in a row: between half of it and the whole, so that many do not come back at once. */
export function backoffMs(settings: BackoffSettings, failures: number, random: Random): number {
  const { initialMs, multiplier, maxMs } = settings;
  const whole = Math.min(maxMs, initialMs * multiplier ** Math.max(0, failures - 1));
  return Math.round(whole * (1 - random.next() / 2));
}
