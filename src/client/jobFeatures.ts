import type { Duration } from "../base/duration.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { Dedup } from "../generated/conclave/v1/Dedup.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { Timeouts } from "../generated/conclave/v1/Timeouts.ts";
import type { WaitFor } from "../generated/conclave/v1/WaitFor.ts";
import { checkArray, checkDuration, checkLine, checkName, checkText, invalid } from "./checks.ts";
import { type DedupMode, dedupModeToWire, type OnFailure, onFailureToWire, toWire } from "./names.ts";

/** At most one active job (waiting, scheduled, ready or running) for a key of a queue. */
export interface DedupOptions {
  /** 1 to 256 characters. */
  readonly key: string;
  /**
   * When another job holds the key: `return` (default) answers with that job; `reject` refuses with DUPLICATE; `replace`
   * cancels one that does not run, also between two attempts, and answers with a running or ended one; `force` enqueues all the
   * same, without the key.
   */
  readonly mode?: DedupMode | undefined;
  /**
   * The key stays taken at least this long after the enqueue, also when the job ends sooner: some 500 bytes on every node, which
   * nothing but time frees once the job is gone.
   */
  readonly window?: Duration | undefined;
}

export interface TimeoutOptions {
  /** Dead when not claimed within this time after it first became ready. A first claim that is given back at once is none. */
  readonly queue?: Duration | undefined;
  /** An attempt that takes longer is ended, and counts as failed. */
  readonly attempt?: Duration | undefined;
  /** Dead when not completed within this time after it was enqueued. */
  readonly total?: Duration | undefined;
}

/** What a job may say beyond what every job says. */
export interface FeatureOptions {
  /** For searching: at most 16, each 1 to 64 characters. */
  readonly tags?: readonly string[] | undefined;
  /** What limits, rates and fairness between tenants go by; at most 128 characters. */
  readonly key?: string | undefined;
  readonly dedup?: DedupOptions | undefined;
  /** Short for `dedup: { key }`. */
  readonly dedupKey?: string | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  /** Refused with BREAKER_OPEN while its agent's breaker is open. */
  readonly rejectWhenOpen?: boolean | undefined;
  /** It becomes ready when these jobs have completed: ids, or what `enqueue` gave; 1 to 1000. */
  readonly waitFor?: readonly (string | { readonly id: string })[] | undefined;
  /**
   * When one of those ends dead or cancelled: `fail` (default) makes this one dead, `cancel` cancels it, `run` runs it once
   * all have ended, however they did.
   */
  readonly onFailure?: OnFailure | undefined;
}

const { maxTags, maxTagCharacters, maxKeyCharacters, maxDedupKeyCharacters, maxWaitedFor } = jobBounds;

type Features = Pick<JobSpec, "tags" | "key" | "dedup" | "timeouts" | "rejectWhenOpen" | "waitFor">;

/** Null for none. `id` is the job's own. Throws INVALID_ARGUMENT for what the server would refuse. */
export function jobFeatures(id: string, options: FeatureOptions): Features | null {
  const { tags, key, rejectWhenOpen } = options;
  const dedup = dedupOf(options);
  const waitFor = waitForOf(id, options);
  const some = tags ?? key ?? dedup ?? options.timeouts ?? rejectWhenOpen ?? waitFor;
  if (some === undefined) return null;
  return {
    ...(tags !== undefined && { tags: tagsOf(tags) }),
    ...(key !== undefined && { key: checkLine(key, "key", maxKeyCharacters, 0) }),
    ...(dedup !== undefined && { dedup }),
    ...(options.timeouts !== undefined && { timeouts: timeoutsOf(options.timeouts) }),
    ...(rejectWhenOpen === true && { rejectWhenOpen }),
    ...(waitFor !== undefined && { waitFor }),
  };
}

function tagsOf(tags: readonly string[]): string[] {
  checkArray(tags, "tags");
  if (tags.length > maxTags) throw invalid("tags", tags.length, `at most ${maxTags} tags`);
  return tags.map((tag, at) => checkLine(tag, `tags[${at}]`, maxTagCharacters));
}

function dedupOf({ dedup, dedupKey }: FeatureOptions): Dedup | undefined {
  if (dedup !== undefined && dedupKey !== undefined) {
    throw invalid("dedupKey", dedupKey, "needed beside dedup: give one of the two");
  }
  const { key, mode, window } = dedup ?? { key: dedupKey };
  if (key === undefined) return undefined;
  return {
    key: checkText(key, dedup === undefined ? "dedupKey" : "dedup.key", maxDedupKeyCharacters),
    mode: mode === undefined ? "DEDUP_MODE_RETURN" : toWire(dedupModeToWire, mode, "dedup.mode"),
    windowMs: checkDuration(window, "dedup.window", 0),
  };
}

function timeoutsOf({ queue, attempt, total }: TimeoutOptions): Timeouts {
  return {
    queueMs: checkDuration(queue, "timeouts.queue"),
    attemptMs: checkDuration(attempt, "timeouts.attempt"),
    totalMs: checkDuration(total, "timeouts.total"),
  };
}

function waitForOf(own: string, { waitFor, onFailure }: FeatureOptions): WaitFor | undefined {
  if (waitFor === undefined) {
    if (onFailure !== undefined) throw invalid("onFailure", onFailure, "needed without waitFor");
    return undefined;
  }
  const all = checkArray(waitFor, "waitFor").map((job, at) => checkName(idOf(job), `waitFor[${at}]`));
  const ids = [...new Set(all)];
  if (ids.length === 0 || ids.length > maxWaitedFor) {
    throw invalid("waitFor", ids.length, `1 to ${maxWaitedFor} jobs`);
  }
  if (ids.includes(own)) throw invalid("waitFor", own, "another job: it would wait for itself for ever");
  return { ids, onFailure: toWire(onFailureToWire, onFailure ?? "fail", "onFailure") };
}

/** For programs without a type checker: what has no id is shown as it is. */
function idOf(job: string | { readonly id: string }): string {
  const id: unknown = typeof job === "object" && (job as object | null) !== null ? job.id : job;
  return id as string;
}

/** An upper bound of their bytes in a request: 3 for a character. */
export function featureBytes({ tags, key, dedup, waitFor }: JobSpec): number {
  if (tags === undefined && key === undefined && dedup === undefined && waitFor === undefined) return 0;
  const texts = [...(tags ?? []), key ?? "", dedup?.key ?? "", ...(waitFor?.ids ?? [])];
  return texts.reduce((sum, text) => sum + 3 * text.length + 4, 0);
}
