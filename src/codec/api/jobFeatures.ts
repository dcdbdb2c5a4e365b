import type { Dedup__Output } from "../../generated/conclave/v1/Dedup.ts";
import type { JobSpec, JobSpec__Output } from "../../generated/conclave/v1/JobSpec.ts";
import type { Timeouts__Output } from "../../generated/conclave/v1/Timeouts.ts";
import type { WaitFor__Output } from "../../generated/conclave/v1/WaitFor.ts";
import type * as machine from "../../machine/types.ts";
import { line, refuse, shown, text, within } from "./check.ts";
import { dedupModeFrom, onFailureFrom, wireDedupMode, wireOnFailure } from "./enums.ts";
import { jobId } from "./jobId.ts";
import { limits } from "./limits.ts";

const ms = " (milliseconds)";

export type JobFeatures = Pick<
  machine.JobSpec,
  "tags" | "key" | "dedup" | "timeouts" | "rejectWhenOpen" | "waitFor"
>;

/** What a job may say beyond what every job says; what says nothing is left out, as the machine wants it. */
export function jobFeatures(at: string, job: JobSpec__Output): JobFeatures {
  const key = line(`${at}.key`, job.key, limits.maxKeyCharacters);
  const timeouts = timeoutsFrom(`${at}.timeouts`, job.timeouts);
  if (job.rejectWhenOpen && job.agent === "") {
    refuse(`${at}.reject_when_open`, "is set, but agent is empty: only agents have breakers");
  }
  return {
    ...(job.tags.length > 0 && { tags: tagsFrom(`${at}.tags`, job.tags) }),
    ...(key !== "" && { key }),
    ...(job.dedup !== null && { dedup: dedupFrom(`${at}.dedup`, job.dedup) }),
    ...(timeouts !== null && { timeouts }),
    ...(job.rejectWhenOpen && { rejectWhenOpen: true }),
    ...(job.waitFor !== null && { waitFor: waitForFrom(`${at}.wait_for`, job.waitFor, job.id) }),
  };
}

function tagsFrom(field: string, tags: readonly string[]): readonly string[] {
  if (tags.length > limits.maxTags) {
    refuse(field, `holds ${tags.length} tags; a job may have at most ${limits.maxTags}`);
  }
  for (const [index, each] of tags.entries()) tag(`${field}[${index}]`, each);
  return [...new Set(tags)];
}

/** One of a job's tags: 1 to 64 characters. */
export function tag(field: string, value: string): string {
  if (value === "") refuse(field, `is empty; a tag has 1 to ${limits.maxTagCharacters} characters`);
  return line(field, value, limits.maxTagCharacters);
}

function dedupFrom(at: string, { key, mode, windowMs }: Dedup__Output): machine.Dedup {
  if (key === "") refuse(`${at}.key`, `is empty; it needs 1 to ${limits.maxDedupKeyCharacters} characters`);
  return {
    key: text(`${at}.key`, key, limits.maxDedupKeyCharacters),
    mode: dedupModeFrom(`${at}.mode`, mode, "return"),
    windowMs: within(`${at}.window_ms`, windowMs, 0, limits.maxDelayMs, ms),
  };
}

/** Null where none of them is set. */
function timeoutsFrom(at: string, timeouts: Timeouts__Output | null): machine.Timeouts | null {
  if (timeouts === null) return null;
  const bound = (field: string, value: number): number =>
    within(`${at}.${field}`, value, 0, limits.maxDelayMs, ms);
  const all = {
    queueMs: bound("queue_ms", timeouts.queueMs),
    attemptMs: bound("attempt_ms", timeouts.attemptMs),
    totalMs: bound("total_ms", timeouts.totalMs),
  };
  return all.queueMs + all.attemptMs + all.totalMs === 0 ? null : all;
}

function waitForFrom(at: string, { ids, onFailure }: WaitFor__Output, own: string): machine.WaitFor {
  const field = `${at}.ids`;
  if (ids.length === 0 || ids.length > limits.maxWaitedFor) {
    refuse(field, `holds ${ids.length} ids; a job waits for 1 to ${limits.maxWaitedFor} others`);
  }
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (id === own) refuse(`${field}[${index}]`, `is ${shown(id)}, the job's own id: it would wait for ever`);
    if (seen.has(id)) refuse(`${field}[${index}]`, `is ${shown(id)}, which is in it already`);
    seen.add(id);
  }
  return {
    ids: ids.map((id, index) => jobId(`${field}[${index}]`, id)),
    onFailure: onFailureFrom(`${at}.on_failure`, onFailure, "fail"),
  };
}

export function jobFeaturesToWire(spec: JobFeatures): Partial<JobSpec> {
  const { tags, key, dedup, timeouts, rejectWhenOpen, waitFor } = spec;
  return {
    ...(tags !== undefined && { tags: [...tags] }),
    ...(key !== undefined && { key }),
    ...(dedup !== undefined && {
      dedup: { key: dedup.key, mode: wireDedupMode[dedup.mode], windowMs: dedup.windowMs },
    }),
    ...(timeouts !== undefined && { timeouts }),
    ...(rejectWhenOpen === true && { rejectWhenOpen }),
    ...(waitFor !== undefined && {
      waitFor: { ids: [...waitFor.ids], onFailure: wireOnFailure[waitFor.onFailure] },
    }),
  };
}
