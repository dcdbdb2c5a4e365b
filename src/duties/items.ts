import { createHash } from "node:crypto";
import { ConclaveError } from "../base/errors.ts";
import type { Priority } from "../client/index.ts";
import { jobSpec } from "../client/jobSpec.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { SourceSettings } from "./sourceTypes.ts";

/** An item as the job that it is to be. */
export interface SourceItem {
  readonly id: string;
  readonly cursor: string;
  readonly jobId: string;
  readonly spec: JobSpec;
}

type Mapped = Pick<SourceSettings, "name" | "queue" | "mapping" | "job">;

/** Something that can be no job; what comes after it can. */
export interface RefusedItem {
  readonly refused: string;
  /** "" when it has none. */
  readonly cursor: string;
}

/** The item as a job, or why it can be none. */
export function readItem(source: Mapped, item: unknown): SourceItem | RefusedItem {
  const cursor = keyOf(valueAt(item, source.mapping.cursor || source.mapping.id)) ?? "";
  const read = asJob(source, item);
  return typeof read === "string" ? { refused: read, cursor } : { ...read, cursor };
}

function asJob(source: Mapped, item: unknown): Omit<SourceItem, "cursor"> | string {
  const { mapping, job, queue, name } = source;
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "it is no object with fields";
  const id = keyOf(valueAt(item, mapping.id));
  if (id === undefined) {
    const why = `its field "${mapping.id}" must be a text or a whole number below 2^53`;
    return `it has no id: ${why}, for by it an item that comes again is known`;
  }
  const given = valueAt(item, mapping.priority) ?? job.priority ?? "normal";
  const priority = priorities.find((each) => each === given);
  if (priority === undefined) return `item ${id}: its priority is none of ${priorities.join(", ")}`;
  const agent = valueAt(item, mapping.agent);
  const { lease, retention, deadRetention, maxAttempts } = job;
  const jobId = jobIdOf(name, id);
  try {
    const spec = jobSpec(queue, item, {
      id: jobId,
      priority,
      agent: agent === undefined || agent === null ? "" : (keyOf(agent) ?? JSON.stringify(agent)),
      lease,
      retention,
      deadRetention,
      ...(maxAttempts !== undefined && { retry: { maxAttempts } }),
    });
    return { id, jobId, spec };
  } catch (error) {
    if (!(error instanceof ConclaveError)) throw error;
    return `item ${id}: ${error.message}`;
  }
}

const priorities: readonly Priority[] = ["high", "normal", "low"];

/** Of a source and an item, the same on every node and for all time: an item that comes again is the same job. */
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

function keyOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
