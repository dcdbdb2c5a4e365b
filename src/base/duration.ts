import { ConclaveError } from "./errors.ts";

/** Milliseconds as a number, or text such as `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"7d"`. */
export type Duration = number | string;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `name` appears in the error. Throws INVALID_ARGUMENT for anything but a finite duration of at least 0. */
export function toMs(duration: Duration, name = "duration"): number {
  if (typeof duration === "number") {
    if (Number.isFinite(duration) && duration >= 0) return Math.round(duration);
  } else if (typeof duration === "string") {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(duration.trim());
    const factor = unitMs[match?.[2] ?? "ms"];
    if (match?.[1] !== undefined && factor !== undefined) return Math.round(Number(match[1]) * factor);
  }
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    `${name}: ${typeof duration === "string" ? JSON.stringify(duration) : String(duration)} is no duration; write milliseconds or "250ms", "30s", "5m", "2h", "7d"`,
  );
}
