import type { Colour, Paint } from "../output/paint.ts";
import { oneLine } from "../output/table.ts";

const nodeColours: readonly Colour[] = ["cyan", "magenta", "yellow", "blue", "green"];

/** Pino's levels; a custom one in between reads as the next lower. */
const levels: readonly (readonly [number, string, Colour | null])[] = [
  [60, "FATAL", "red"],
  [50, "ERROR", "red"],
  [40, "WARN ", "yellow"],
  [30, "INFO ", null],
  [20, "DEBUG", "gray"],
  [0, "TRACE", "gray"],
];

/** In every line of a node and known from the prefix. */
const leftOut = new Set(["level", "time", "pid", "hostname", "msg", "name", "node", "nodeId"]);

/** Renders JSON log lines of several nodes so that they can be read merged: `n1 12:00:01.250 INFO  text key=value`. */
export class LogFormatter {
  readonly #paint: Paint;
  readonly #ids: readonly string[];
  readonly #idWidth: number;

  constructor(ids: readonly string[], paint: Paint) {
    this.#ids = ids;
    this.#paint = paint;
    this.#idWidth = Math.max(...ids.map((id) => id.length));
  }

  /** A line that is no JSON object (a crash, a warning) comes through as it is, behind its node's name. */
  format(id: string, line: string): string {
    const record = parseRecord(line);
    return `${this.prefix(id)} ${record === null ? oneLine(line) : this.#body(record)}`;
  }

  prefix(id: string): string {
    const at = Math.max(0, this.#ids.indexOf(id));
    return this.#paint(nodeColours[at % nodeColours.length] ?? "cyan", `${id.padEnd(this.#idWidth)} |`);
  }

  #body(record: Readonly<Record<string, unknown>>): string {
    const level = Number(record["level"] ?? 30);
    const [, name, colour] = levels.find(([from]) => level >= from) ?? [0, "INFO ", null];
    const time = clockTime(record["time"]);
    const fields = Object.entries(record)
      .filter(([key]) => !leftOut.has(key))
      .map(([key, value]) => this.#paint("gray", `${key}=${showValue(value)}`));
    const shownLevel = colour === null ? name : this.#paint(colour, name);
    return [this.#paint("gray", time), shownLevel, showValue(record["msg"] ?? "", false), ...fields].join(
      " ",
    );
  }
}

/** `12:00:01.250` in UTC, from epoch milliseconds or an ISO text. */
function clockTime(time: unknown): string {
  const date = new Date(typeof time === "number" || typeof time === "string" ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? "--:--:--.---" : date.toISOString().slice(11, 23);
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function showValue(value: unknown, quoted = true): string {
  if (typeof value === "string")
    return oneLine(quoted && /[\s"=]/.test(value) ? JSON.stringify(value) : value);
  if (isErrorRecord(value)) return oneLine(`${value.type ?? "Error"}: ${value.message}`);
  return oneLine(JSON.stringify(value) ?? "");
}

/** What pino makes of an error: its stack would fill the screen. */
function isErrorRecord(value: unknown): value is { readonly type?: string; readonly message: string } {
  return (
    typeof value === "object" && value !== null && "message" in value && typeof value.message === "string"
  );
}
