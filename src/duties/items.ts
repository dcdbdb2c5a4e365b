import { createHash } from "node:crypto";
import { ConclaveError } from "../base/errors.ts";
import { loneSurrogate } from "../base/jobBounds.ts";
import type { Priority } from "../client/index.ts";
import { jobSpec } from "../client/jobSpec.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { SourceSettings } from "./sourceTypes.ts";

/** An item that may be a job, by its id. */
export interface NamedItem {
  readonly id: string;
  readonly jobId: string;
  /** "" when it has none. */
  readonly cursor: string;
}

/** Something that can be no job; what comes after it can. */
export interface RefusedItem {
  readonly refused: string;
  readonly cursor: string;
}

type Mapped = Pick<SourceSettings, "name" | "queue" | "mapping" | "job">;

/** Which item it is, or why it can be none. Cheap: most of what a source offers again and again is known already. */
export function nameItem({ mapping, name }: Mapped, item: unknown): NamedItem | RefusedItem {
  const cursor = cursorOf(valueAt(item, mapping.cursor || mapping.id));
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return { refused: "it is no object with fields", cursor };
  }
  const id = keyOf(valueAt(item, mapping.id));
  if (id === undefined) {
    const why = `its field "${mapping.id}" must be a text or a whole number below 2^53`;
    return { refused: `it has no id: ${why}, for by it an item that comes again is known`, cursor };
  }
  if (!loneSurrogate.test(id)) return { id, jobId: jobIdOf(name, id), cursor };
  const why = `"${mapping.id}" is not well-formed text: half of a surrogate pair is in it`;
  return { refused: `it has no id: its field ${why}, which makes one of ids that differ`, cursor };
}

/** The job that it is to be, or why it can be none. */
export function jobOf(source: Mapped, item: unknown, { id, jobId }: NamedItem): JobSpec | string {
  const { mapping, job, queue } = source;
  const given = valueAt(item, mapping.priority) ?? job.priority ?? "normal";
  const priority = priorities.find((each) => each === given);
  if (priority === undefined) return `item ${id}: its priority is none of ${priorities.join(", ")}`;
  const agent = valueAt(item, mapping.agent);
  const { lease, retention, deadRetention, maxAttempts } = job;
  try {
    return jobSpec(queue, item, {
      id: jobId,
      priority,
      agent: agent === undefined || agent === null ? "" : (keyOf(agent) ?? JSON.stringify(agent)),
      lease,
      retention,
      deadRetention,
      ...(maxAttempts !== undefined && { retry: { maxAttempts } }),
    });
  } catch (error) {
    if (!(error instanceof ConclaveError)) throw error;
    return `item ${id}: ${error.message}`;
  }
}

const priorities: readonly Priority[] = ["high", "normal", "low"];

/**
 * Of a source and an item's well-formed id, the same on every node and for all time: an item that comes again is the same job.
 */
export function jobIdOf(source: string, item: string): string {
  const plain = `${source}/${item}`;
  if (/^[A-Za-z0-9._:/-]+$/.test(item) && plain.length <= 128 && !item.startsWith("sha256:")) return plain;
  return `${source}/sha256:${createHash("sha256").update(item).digest("hex")}`;
}

/** `a.b` of `{a: {b: 1}}`; undefined for "" and for what is not there. */
export function valueAt(item: unknown, path: string): unknown {
  if (path === "") return undefined;
  let value = item;
  for (const field of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[field];
  }
  return value;
}

/** "" for what is none; half of a surrogate pair, which no URL can carry, would fail every further poll. */
function cursorOf(value: unknown): string {
  const cursor = keyOf(value) ?? "";
  return loneSurrogate.test(cursor) ? "" : cursor;
}

function keyOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
