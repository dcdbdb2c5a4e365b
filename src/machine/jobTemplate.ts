import { LogTimeMs } from "../base/brands.ts";
import type { JobSpec, RetryPolicy } from "./types.ts";

/** Fields of a spec that are each job's own, yet at their defaults in most; a slot holds them only when they are not. */
export type OwnSpec = Pick<JobSpec, "runAt" | "delayMs" | "tags" | "dedup" | "waitFor">;

/**
 * What many jobs have in common: all of a spec but its id, its payload and `OwnSpec`. Jobs that agree in it share
 * one object, which is never changed: a waiting job then holds one reference in place of a dozen values.
 *
 * A new field of `JobSpec` is part of the template, and must be compared in `fits`, unless `OwnSpec` has it.
 */
export type JobTemplate = Omit<JobSpec, "id" | "payload" | keyof OwnSpec>;

type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

const ownDefaults: OwnSpec = { runAt: LogTimeMs(0), delayMs: 0 };

/** Null when all are at their defaults. */
export function ownOf({ runAt, delayMs, tags, dedup, waitFor }: JobSpec): OwnSpec | null {
  if (runAt === 0 && delayMs === 0 && tags === undefined && dedup === undefined && waitFor === undefined) {
    return null;
  }
  return {
    runAt,
    delayMs,
    ...(tags !== undefined && { tags }),
    ...(dedup !== undefined && { dedup }),
    ...(waitFor !== undefined && { waitFor }),
  };
}

/** The spec that was taken apart. */
export function assembleSpec(
  template: JobTemplate,
  own: OwnSpec | null,
  { id, payload }: Pick<JobSpec, "id" | "payload">,
): JobSpec {
  const { queue, priority, agent, retry, leaseMs, retentionMs, deadRetentionMs } = template;
  const { runAt, delayMs } = own ?? ownDefaults;
  // Field by field, in one order, since a checkpoint does it for each of its jobs: a spread takes ten times as long.
  const spec: Draft<JobSpec> = {
    id,
    queue,
    priority,
    payload,
    agent,
    runAt,
    delayMs,
    retry,
    leaseMs,
    retentionMs,
    deadRetentionMs,
  };
  addRest(spec, template);
  if (own?.tags !== undefined) spec.tags = own.tags;
  if (own?.dedup !== undefined) spec.dedup = own.dedup;
  if (own?.waitFor !== undefined) spec.waitFor = own.waitFor;
  return spec;
}

function addRest(to: Draft<JobTemplate>, { key, timeouts, rejectWhenOpen }: JobTemplate): void {
  if (key !== undefined) to.key = key;
  if (timeouts !== undefined) to.timeouts = timeouts;
  if (rejectWhenOpen !== undefined) to.rejectWhenOpen = rejectWhenOpen;
}

/** Templates remembered in all; beyond it they are forgotten and found anew. */
const maxKnown = 50_000;
/** Of one queue, agent and key: priorities, and policies that changed. */
const maxAlike = 8;

/** Finds the template of a job among those seen before. What it has forgotten costs memory, and nothing else. */
export class JobTemplates {
  #last: JobTemplate | null = null;
  /** A policy that was found to say what the last template's says: those of one kind of jobs are often one object. */
  #alikeRetry: RetryPolicy | null = null;
  /** Policies that nobody asked for, each with what it says: jobs of one kind share one. */
  readonly #plain = new WeakMap<RetryPolicy, RetryPolicy>();
  #known = 0;
  /** By queue, then by agent and key, of which there may be many. */
  readonly #byQueue = new Map<string, Map<string, JobTemplate[]>>();

  /** What a new job's attempts go by: what it asked for, else its queue's policy, else the default. */
  policyOf({ retry }: JobSpec, ofQueue: RetryPolicy | null): RetryPolicy {
    if (retry.byDefault !== true) return retry;
    if (ofQueue !== null) return ofQueue;
    const known = this.#plain.get(retry);
    if (known !== undefined) return known;
    const { byDefault: _, ...plain } = retry;
    this.#plain.set(retry, plain);
    return plain;
  }

  /** `retry` takes the place of the spec's own. */
  of(spec: JobSpec, retry: RetryPolicy = spec.retry): JobTemplate {
    const last = this.#last;
    if (last !== null && fits(last, spec, retry, this.#alikeRetry)) {
      this.#alikeRetry = retry;
      return last;
    }
    const alike = this.#alike(spec);
    let template = alike.find((each) => fits(each, spec, retry, null));
    if (template === undefined) {
      template = this.#make(spec, retry);
      if (alike.length >= maxAlike) alike.shift();
      else this.#known += 1;
      alike.push(template);
    }
    this.#last = template;
    this.#alikeRetry = retry;
    return template;
  }

  #make(spec: JobSpec, retry: RetryPolicy): JobTemplate {
    const { queue, priority, agent, leaseMs, retentionMs, deadRetentionMs } = spec;
    const last = this.#last;
    const template: Draft<JobTemplate> = {
      queue,
      priority,
      agent,
      // Agents differ where policies do not.
      retry: last !== null && isSame(last.retry, retry) ? last.retry : retry,
      leaseMs,
      retentionMs,
      deadRetentionMs,
    };
    addRest(template, spec);
    return template;
  }

  #alike({ queue, agent, key }: JobSpec): JobTemplate[] {
    if (this.#known >= maxKnown) {
      this.#byQueue.clear();
      this.#known = 0;
    }
    let inQueue = this.#byQueue.get(queue);
    if (inQueue === undefined) {
      inQueue = new Map();
      this.#byQueue.set(queue, inQueue);
    }
    const name = key === undefined ? agent : `${agent}\n${key}`;
    let alike = inQueue.get(name);
    if (alike === undefined) {
      alike = [];
      inQueue.set(name, alike);
    }
    return alike;
  }
}

/** `alikeRetry`: known to be the same as the template's. Field by field: a loop over their names takes ten times as long. */
function fits(
  template: JobTemplate,
  spec: JobTemplate,
  retry: RetryPolicy,
  alikeRetry: RetryPolicy | null,
): boolean {
  return (
    template.queue === spec.queue &&
    template.priority === spec.priority &&
    template.agent === spec.agent &&
    template.leaseMs === spec.leaseMs &&
    template.retentionMs === spec.retentionMs &&
    template.deadRetentionMs === spec.deadRetentionMs &&
    template.key === spec.key &&
    template.rejectWhenOpen === spec.rejectWhenOpen &&
    (retry === alikeRetry || isSame(template.retry, retry)) &&
    isSame(template.timeouts, spec.timeouts)
  );
}

type Compared =
  | "queue"
  | "priority"
  | "agent"
  | "retry"
  | "leaseMs"
  | "retentionMs"
  | "deadRetentionMs"
  | "key"
  | "timeouts"
  | "rejectWhenOpen";

/** Does not compile while `fits` may lack a field. */
true satisfies Exclude<keyof JobTemplate, Compared> extends never ? true : never;

/** Of values as they come out of the log: scalars, and plain objects and arrays of them. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => isSame(left[key], right[key]));
}
