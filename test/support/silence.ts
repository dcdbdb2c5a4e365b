import type { Logger } from "../../src/base/logger.ts";
import type { Telemetry } from "../../src/node/ports.ts";

export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error" | "fatal";
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function recordingLogger(lines: LoggedLine[] = []): Logger & { readonly lines: LoggedLine[] } {
  const at =
    (level: LoggedLine["level"]) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields, message });
    };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: () => recordingLogger(lines),
  };
}

/** A telemetry that counts its calls by name. */
export function countingTelemetry(): Telemetry & { readonly counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const count = (name: string, by = 1): void => {
    counts.set(name, (counts.get(name) ?? 0) + by);
  };
  return {
    counts,
    durableWrite: () => count("durableWrite"),
    commitLatency: () => count("commitLatency"),
    attemptFailed: () => count("attemptFailed"),
    jobDead: () => count("jobDead"),
    attemptsStarted: (_queue, by) => count("attemptsStarted", by),
    scheduleFired: () => count("scheduleFired"),
    checkpoint: () => count("checkpoint"),
    snapshotSent: (bytes) => count("snapshotSent", bytes),
    turn: () => count("turn"),
  };
}
