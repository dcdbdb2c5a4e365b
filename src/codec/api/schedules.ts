import { JobId, LogTimeMs } from "../../base/brands.ts";
import type { PauseScheduleRequest__Output } from "../../generated/conclave/v1/PauseScheduleRequest.ts";
import type { Schedule } from "../../generated/conclave/v1/Schedule.ts";
import type { ScheduleSpec, ScheduleSpec__Output } from "../../generated/conclave/v1/ScheduleSpec.ts";
import type * as machine from "../../machine/types.ts";
import { line, name, refuse, text, within, withinOr } from "./check.ts";
import { overlapFrom, wireOverlap } from "./enums.ts";
import { jobSpec, jobSpecToWire } from "./jobSpec.ts";
import { limits, type SizeLimits } from "./limits.ts";

const ms = " (milliseconds)";

/** Bounds and defaults, as the comments of schedules.proto state them. */
export const scheduleLimits = {
  /** A firing's job has this name, a slash and the due time. */
  maxNameCharacters: 100,
  maxCronCharacters: 256,
  minEveryMs: 1_000,
  minCatchUpMs: 10_000,
  maxCatchUpMs: 366 * 86_400_000,
  defaultCatchUpMs: 3_600_000,
  maxJitterMs: 86_400_000,
  maxUpcoming: 100,
  /** Due times that one List works out. */
  maxListedUpcoming: 1_000,
} as const;

/** Checked as far as can be without a calendar, every default filled in: the same spec is the same bytes. */
export function scheduleSpec(spec: ScheduleSpec__Output | null, sizes: SizeLimits): machine.ScheduleSpec {
  if (spec === null) return refuse("spec", "is missing; it says when and what");
  const { maxJitterMs, minCatchUpMs, maxCatchUpMs, defaultCatchUpMs } = scheduleLimits;
  const startAt = within("spec.start_at_ms", spec.startAtMs, 0, limits.maxTimeMs, ms);
  const endAt = within("spec.end_at_ms", spec.endAtMs, 0, limits.maxTimeMs, ms);
  if (endAt !== 0 && endAt < startAt)
    refuse("spec.end_at_ms", `is ${endAt}, before spec.start_at_ms (${startAt})`);
  return {
    name: scheduleName("spec.name", spec.name),
    timing: timing(spec),
    job: scheduledJob(spec, sizes),
    overlap: overlapFrom("spec.overlap", spec.overlap, "skip"),
    catchUpMs: withinOr(defaultCatchUpMs, "spec.catch_up_ms", spec.catchUpMs, minCatchUpMs, maxCatchUpMs, ms),
    jitterMs: within("spec.jitter_ms", spec.jitterMs, 0, maxJitterMs, ms),
    startAt: LogTimeMs(startAt),
    endAt: LogTimeMs(endAt),
  };
}

export function scheduleName(field: string, value: string): string {
  const { maxNameCharacters } = scheduleLimits;
  if (value.length > maxNameCharacters) {
    refuse(
      field,
      `has ${value.length} characters; at most ${maxNameCharacters} are allowed: job ids begin with it`,
    );
  }
  return name(field, value);
}

/** Who does it. */
export function by(value: string): string {
  return line("by", value, limits.maxAgentCharacters);
}

export function pausing(request: PauseScheduleRequest__Output): machine.Switch {
  return { on: true, by: by(request.by), why: text("why", request.why, limits.maxReasonCharacters) };
}

/** One more job of the schedule, with the id that its client made. */
export function extraJob(schedule: machine.Schedule, id: string): machine.JobSpec {
  return { ...schedule.spec.job, id: JobId(name("job_id", id)) };
}

export function upcomingCount(value: number): number {
  return within("upcoming", value, 0, scheduleLimits.maxUpcoming);
}

export function scheduleToWire(schedule: machine.Schedule, upcoming: readonly LogTimeMs[]): Schedule {
  const { put, paused, lastSkip } = schedule;
  return {
    spec: specToWire(schedule.spec),
    revision: schedule.revision,
    putBy: put.by,
    putAtMs: put.at,
    paused: paused !== null,
    pausedBy: paused?.by ?? "",
    pausedWhy: paused?.why ?? "",
    pausedAtMs: paused?.at ?? 0,
    nextDueAtMs: schedule.nextDueAt ?? 0,
    lastDueAtMs: schedule.lastDueAt,
    lastJobId: schedule.lastJobId,
    bufferedDueAtMs: schedule.bufferedDueAt ?? 0,
    fired: schedule.fired,
    skipped: schedule.skipped,
    missed: schedule.missed,
    lastSkipDueAtMs: lastSkip?.dueAt ?? 0,
    lastSkipReason: lastSkip?.reason ?? "",
    upcomingMs: [...upcoming],
  };
}

/** As `List` gives it. */
export function withoutPayload(schedule: machine.Schedule): machine.Schedule {
  const job = { ...schedule.spec.job, payload: new Uint8Array(0) };
  return { ...schedule, spec: { ...schedule.spec, job } };
}

function timing({ cron, timeZone, everyMs }: ScheduleSpec__Output): machine.ScheduleSpec["timing"] {
  if (cron !== "" && everyMs !== 0)
    refuse("spec.every_ms", "is set beside spec.cron: a schedule has one of them");
  if (cron !== "") {
    const zone = timeZone === "" ? "UTC" : line("spec.time_zone", timeZone, limits.maxAgentCharacters);
    return {
      type: "cron",
      cron: line("spec.cron", cron, scheduleLimits.maxCronCharacters).trim(),
      timeZone: zone,
    };
  }
  if (everyMs === 0) refuse("spec.cron", "is empty, and so is spec.every_ms: a schedule has one of them");
  if (timeZone !== "")
    refuse("spec.time_zone", "is set, but an interval has no time zone; it goes with spec.cron");
  const least = scheduleLimits.minEveryMs;
  return { type: "every", everyMs: within("spec.every_ms", everyMs, least, limits.maxDelayMs, ms) };
}

function scheduledJob({ job, name: schedule }: ScheduleSpec__Output, sizes: SizeLimits): machine.JobSpec {
  const at = "spec.job";
  if (job === null) return refuse(at, "is missing; it says what to enqueue");
  if (job.id !== "") refuse(`${at}.id`, "is set; a schedule makes the ids of its jobs");
  if (job.runAtMs !== 0) refuse(`${at}.run_at_ms`, "is set; the schedule says when its jobs run");
  if (job.delayMs !== 0) refuse(`${at}.delay_ms`, "is set; the schedule says when its jobs run");
  if (job.waitFor !== null) refuse(`${at}.wait_for`, "is set; a scheduled job cannot wait for others");
  return { ...jobSpec(at, { ...job, id: schedule }, sizes), id: JobId("") };
}

function specToWire(spec: machine.ScheduleSpec): ScheduleSpec {
  const { timing: when } = spec;
  return {
    name: spec.name,
    cron: when.type === "cron" ? when.cron : "",
    timeZone: when.type === "cron" ? when.timeZone : "",
    everyMs: when.type === "every" ? when.everyMs : 0,
    job: jobSpecToWire(spec.job),
    overlap: wireOverlap[spec.overlap],
    catchUpMs: spec.catchUpMs,
    jitterMs: spec.jitterMs,
    startAtMs: spec.startAt,
    endAtMs: spec.endAt,
  };
}
