import type { PolledSource, SourceSettings } from "../../duties/sourceTypes.ts";
import { isLoopback } from "./address.ts";
import { readEndpoint } from "./httpEndpoint.ts";
import { Shape } from "./shape.ts";
import { isMapping } from "./sources.ts";

const common = [
  "name",
  "queue",
  "mapping",
  "job",
  "interval",
  "jitter",
  "longPoll",
  "timeout",
  "backoff",
  "maxItems",
  "ack",
] as const;
const ofHttp = [...common, "url", "headers", "ca", "maxBodyBytes"];
const ofFunction = [...common, "poll"];

const minute = 60_000;
const day = 24 * 60 * minute;
const maxRetention = 3650 * day;
const field = /^[^.]+(\.[^.]+)*$/;
const aField = 'the name of a field, such as "id" or "order.id"';

/** The sources as they will be polled; complaints go to `problems`. `from`: where they were given. */
export function readSources(given: unknown, from: string, problems: string[]): readonly SourceSettings[] {
  if (!Array.isArray(given)) {
    problems.push(
      `${from}: must be a list of sources (in a flag or a variable as JSON), each with a name, a queue and a url`,
    );
    return [];
  }
  const sources = given.map((source: unknown, index) => readSource(source, index, from, problems));
  const names = sources.map(({ name }) => name);
  for (const name of new Set(names.filter((each, at) => each !== "" && names.indexOf(each) !== at))) {
    problems.push(`${from}: name "${name}" is there twice; the ids of the jobs begin with it`);
  }
  return sources;
}

/** The same from JSON text, as a flag or a variable has it. */
export function parseSources(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Odd but not wrong: secrets in plaintext through a network. */
export function sourceWarnings(sources: readonly PolledSource[]): string[] {
  return sources.flatMap((source) => {
    if (!("url" in source)) return [];
    const { protocol, hostname } = new URL(source.url);
    const secret = Object.values(source.headers ?? {}).some((value) => typeof value !== "string");
    if (protocol !== "http:" || isLoopback(hostname) || !secret) return [];
    return [`source "${source.name}": its headers travel to ${hostname} in plaintext; use https:`];
  });
}

function readSource(given: unknown, index: number, from: string, problems: string[]): SourceSettings {
  const name =
    isMapping(given) && typeof given["name"] === "string" ? `"${given["name"]}"` : `number ${index + 1}`;
  const isFunction = isMapping(given) && given["poll"] !== undefined && given["url"] === undefined;
  const source = new Shape(given, `${from}: ${name}`, isFunction ? ofFunction : ofHttp, problems);
  const mapping = source.shape("mapping", ["items", "id", "priority", "agent", "cursor"]);
  return {
    name: source.text("name", /^[A-Za-z0-9._-]{1,48}$/, "1 to 48 characters of A-Z a-z 0-9 . _ -"),
    queue: source.text("queue", /^[A-Za-z0-9._:/-]{1,128}$/, "1 to 128 characters of A-Z a-z 0-9 . _ : / -"),
    origin: isFunction ? readFunction(source, mapping) : readEndpoint(source, mapping),
    mapping: {
      id: mapping.text("id", field, aField, "id"),
      priority: mapping.text("priority", field, aField, ""),
      agent: mapping.text("agent", field, aField, ""),
      cursor: mapping.text("cursor", field, aField, ""),
    },
    job: readJob(source.shape("job", ["priority", "lease", "retention", "deadRetention", "maxAttempts"])),
    intervalMs: source.durationMs("interval", 10_000, 10, day),
    jitter: source.number("jitter", 0.1, 0, 1, false),
    longPollMs: source.durationMs("longPoll", 0, 0, 4 * minute),
    timeoutMs: source.durationMs("timeout", 10_000, 10, 4 * minute),
    backoff: readBackoff(source.shape("backoff", ["initial", "multiplier", "max"])),
    maxItems: source.number("maxItems", 500, 1, 10_000, true),
  };
}

function readFunction(source: Shape, mapping: Shape): SourceSettings["origin"] {
  const poll = source.get("poll");
  const ack = source.get("ack");
  if (typeof poll !== "function") source.refuse("poll: must be a function");
  if (ack !== undefined && typeof ack !== "function") source.refuse("ack: must be a function, as poll is");
  if (mapping.has("items")) mapping.refuse("items: of use with a url only; let poll return the array");
  type Origin = Extract<SourceSettings["origin"], { type: "function" }>;
  return { type: "function", poll: poll as Origin["poll"], ack: ack as Origin["ack"] };
}

function readJob(job: Shape): SourceSettings["job"] {
  const duration = (name: string, least: number, most: number): number | undefined =>
    job.has(name) ? job.durationMs(name, least, least, most) : undefined;
  return {
    priority: job.text("priority", /^(?:high|normal|low)$/, "high, normal or low", "normal") as "normal",
    lease: duration("lease", 1_000, day),
    retention: duration("retention", 1, maxRetention),
    deadRetention: duration("deadRetention", 1, maxRetention),
    maxAttempts: job.has("maxAttempts") ? job.number("maxAttempts", 1, 1, 1_000, true) : undefined,
  };
}

function readBackoff(backoff: Shape): SourceSettings["backoff"] {
  const initialMs = backoff.durationMs("initial", 1_000, 1, day);
  const maxMs = backoff.durationMs("max", Math.max(60_000, initialMs), 1, day);
  if (maxMs < initialMs) {
    backoff.refuse(`max ${maxMs}ms is below initial ${initialMs}ms; raise the one or lower the other`);
  }
  return { initialMs, maxMs, multiplier: backoff.number("multiplier", 2, 1, 100, false) };
}
