import type { CliIo } from "../io.ts";
import { type Column, renderTable } from "./table.ts";

export type OutputFormat = "table" | "json";

/** The two forms of one answer: `json` is stable for programs, `table` is for eyes and may change. */
export interface Answer {
  readonly json: unknown;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** A line after the table: totals, or that there is more. */
  readonly note?: string;
}

/** Writes `answer` to stdout; JSON is one document, indented for a terminal and on one line otherwise. */
export function printAnswer(io: CliIo, format: OutputFormat, answer: Answer): void {
  if (format === "json") {
    io.stdout.write(`${JSON.stringify(answer.json, nullForMissing, io.stdout.isTTY === true ? 2 : 0)}\n`);
    return;
  }
  io.stdout.write(renderTable(answer.columns, answer.rows));
  if (answer.note !== undefined) io.stdout.write(`${answer.note}\n`);
}

/** A field that does not apply is null rather than absent: programs find the same keys in every answer. */
function nullForMissing(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

/** Milliseconds for eyes: `850ms`, `12.4s`, `3m20s`, `5h10m`, `2d3h`. */
export function humanMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
  return `${Math.floor(whole / 86_400)}d${Math.floor((whole % 86_400) / 3600)}h`;
}

/** ISO time, or `-` for "not yet" (0). */
export function humanTime(epochMs: number): string {
  return epochMs === 0 ? "-" : new Date(epochMs).toISOString();
}
