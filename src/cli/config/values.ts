import { toMs } from "../../base/duration.ts";
import { parseHostPort } from "../../base/hostPort.ts";
import type { NodeOptions } from "../nodeOptions.ts";
import type { FieldKey } from "./fields.ts";
import { parseSources, readSources } from "./polledSources.ts";
import { type Given, type GivenFields, isMapping } from "./sources.ts";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const logFormats = ["json", "pretty"] as const;

const unitBytes: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024 };

/** Reads given values as their kinds; each mistake becomes a line in `problems` and the fallback stands in. */
export class ValueReader {
  readonly #given: GivenFields;
  readonly #problems: string[];

  constructor(given: GivenFields, problems: string[]) {
    this.#given = given;
    this.#problems = problems;
  }

  has(key: FieldKey): boolean {
    return this.#given.has(key);
  }

  /** Where the value came from, for a complaint about it. */
  origin(key: FieldKey): string {
    return this.#given.get(key)?.from ?? key;
  }

  text(key: FieldKey, fallback: string): string {
    return this.#read(key, fallback, "a text that is not empty", (value) => {
      const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
      return text === "" ? undefined : text;
    });
  }

  durationMs(key: FieldKey, fallback: number): number {
    return this.#read(key, fallback, 'a duration such as "250ms", "1s" or "5m"', (value) => {
      if (typeof value !== "number" && typeof value !== "string") return undefined;
      try {
        return toMs(value, key);
      } catch {
        return undefined;
      }
    });
  }

  count(key: FieldKey, fallback: number): number {
    return this.#read(key, fallback, "a whole number of at least 1", (value) => {
      const number = numeric(value);
      return Number.isSafeInteger(number) && number >= 1 ? number : undefined;
    });
  }

  /** A number of bytes from `min` to `max`: `65536`, `"64KiB"`, `"4MiB"`. */
  bytes(key: FieldKey, fallback: number, min: number, max: number): number {
    const expected = `a size from ${min} to ${max} bytes, such as 65536, "64KiB" or "4MiB"`;
    return this.#read(key, fallback, expected, (value) => {
      const [, number = "", unit = ""] = /^\s*(\d+)\s*(KiB|MiB)?\s*$/.exec(String(value)) ?? [];
      const size = number === "" ? Number.NaN : Number(number) * (unitBytes[unit] ?? 1);
      return size >= min && size <= max ? size : undefined;
    });
  }

  factor(key: FieldKey, fallback: number): number {
    return this.#read(key, fallback, "a number of at least 1", (value) => {
      const number = numeric(value);
      return Number.isFinite(number) && number >= 1 ? number : undefined;
    });
  }

  flag(key: FieldKey, fallback: boolean): boolean {
    return this.#read(key, fallback, "true or false", (value) => {
      const text = String(value).toLowerCase();
      if (["true", "1", "yes", "on"].includes(text)) return true;
      return ["false", "0", "no", "off"].includes(text) ? false : undefined;
    });
  }

  logLevel(fallback: NodeOptions["logLevel"]): NodeOptions["logLevel"] {
    return this.#read("logLevel", fallback, `one of ${logLevels.join(", ")}`, (value) =>
      logLevels.find((level) => level === value),
    );
  }

  logFormat(fallback: NodeOptions["logFormat"]): NodeOptions["logFormat"] {
    return this.#read("logFormat", fallback, `one of ${logFormats.join(", ")}`, (value) =>
      logFormats.find((format) => format === value),
    );
  }

  /** `host:port`; `off` and the empty text are allowed where `orOff` says so, and read as "". */
  address(key: FieldKey, fallback: string, orOff = false): string {
    const expected = `host:port, such as 127.0.0.1:7400${orOff ? ', or "off"' : ""}`;
    return this.#read(key, fallback, expected, (value) => {
      if (orOff && (value === "" || value === "off" || value === false)) return "";
      return typeof value === "string" && parseHostPort(value) !== undefined ? value.trim() : undefined;
    });
  }

  /** From `n1=host:port,...`, a list of the same or of `{id, address}`, or a mapping of id to address. */
  peers(): NodeOptions["peers"] {
    const expected = "n1=host:port,n2=host:port,... or, in a file, a mapping of id to host:port";
    return this.#read("peers", [], expected, (value) => {
      if (typeof value === "string") return splitPeers(value.split(","));
      if (isMapping(value)) return peersOf(Object.entries(value));
      return Array.isArray(value) ? splitPeers(value) : undefined;
    });
  }

  /** From `host:port,host:port,...` or a list of the same. */
  addresses(key: FieldKey): readonly string[] {
    return this.#read(key, [], "host:port,host:port,... or, in a file, a list of host:port", (value) => {
      const items: readonly unknown[] = Array.isArray(value) ? value : String(value).split(",");
      const addresses = items.map((item) => String(item).trim());
      // "n1=host:port" would be a host of that name: whoever writes it has `peers` in mind.
      const reachable = (address: string): boolean =>
        !address.includes("=") && (parseHostPort(address)?.port ?? 0) > 0;
      return addresses.every(reachable) ? addresses : undefined;
    });
  }

  /** A list in a file, JSON elsewhere. As they were given, once all complaints about them are told. */
  sources(): NodeOptions["sources"] {
    const given = this.#given.get("sources");
    if (given === undefined) return [];
    const value = parseSources(given.value);
    const before = this.#problems.length;
    readSources(value, given.from, this.#problems);
    return this.#problems.length > before ? [] : (value as NodeOptions["sources"]);
  }

  #read<T>(key: FieldKey, fallback: T, expected: string, parse: (value: unknown) => T | undefined): T {
    const given: Given | undefined = this.#given.get(key);
    if (given === undefined) return fallback;
    const parsed = parse(given.value);
    if (parsed !== undefined) return parsed;
    this.#problems.push(`${given.from}: ${JSON.stringify(given.value)} must be ${expected}`);
    return fallback;
  }
}

function numeric(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function splitPeers(items: readonly unknown[]): NodeOptions["peers"] | undefined {
  return peersOf(
    items.map((item): [unknown, unknown] => {
      if (isMapping(item)) return [item["id"], item["address"]];
      const text = String(item);
      const at = text.indexOf("=");
      return at < 0 ? [undefined, undefined] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    }),
  );
}

function peersOf(pairs: readonly (readonly [unknown, unknown])[]): NodeOptions["peers"] | undefined {
  const peers = pairs.flatMap(([id, address]) =>
    typeof id === "string" && typeof address === "string" && (parseHostPort(address)?.port ?? 0) > 0
      ? [{ id, address }]
      : [],
  );
  return peers.length === pairs.length ? peers : undefined;
}
