import { toMs } from "../base/duration.ts";
import type { Random } from "../base/random.ts";
import type { BackoffOptions } from "./types.ts";

export interface BackoffSettings {
  readonly initialMs: number;
  readonly multiplier: number;
  readonly maxMs: number;
}

/** Throws INVALID_ARGUMENT for what is no duration. */
export function backoffSettings(options: BackoffOptions = {}): BackoffSettings {
  return {
    initialMs: toMs(options.initial ?? 1_000, "backoff.initial"),
    multiplier: Math.max(1, options.multiplier ?? 2),
    maxMs: toMs(options.max ?? 60_000, "backoff.max"),
  };
}

/** The wait after the n-th failure in a row: between half of it and the whole, so that many do not come back at once. */
export function backoffMs(settings: BackoffSettings, failures: number, random: Random): number {
  const { initialMs, multiplier, maxMs } = settings;
  const whole = Math.min(maxMs, initialMs * multiplier ** Math.max(0, failures - 1));
  return Math.round(whole * (1 - random.next() / 2));
}
