import { ConclaveError } from "../base/errors.ts";
import type { Schedule__Output } from "../generated/conclave/v1/Schedule.ts";
import type { Overlap } from "./scheduleSpec.ts";

/** Times are ms since the epoch in the cluster's log time. */
export interface Schedule {
  readonly name: string;
  /** Undefined for an interval, as `every` is for cron. */
  readonly cron: string | undefined;
  readonly timeZone: string | undefined;
  readonly everyMs: number | undefined;
  readonly queue: string;
  readonly overlap: Overlap;
  readonly catchUpMs: number;
  readonly jitterMs: number;
  readonly startAtMs: number | undefined;
  readonly endAtMs: number | undefined;
  /** Who put it as it is, and when. */
  readonly put: { readonly by: string; readonly atMs: number };
  readonly paused: { readonly by: string; readonly why: string; readonly atMs: number } | undefined;
  /** Undefined: never again. */
  readonly nextDueAtMs: number | undefined;
  /** Of the last job that it enqueued. */
  readonly lastDueAtMs: number | undefined;
  readonly lastJobId: string | undefined;
  /** Due time of the firing that waits for the last job's end. */
  readonly bufferedDueAtMs: number | undefined;
  /** Due times that enqueued a job; that were left out, by the overlap policy or a refusal; that were too old to be made up for. */
  readonly fired: number;
  readonly skipped: number;
  readonly missed: number;
  /** The last due time that was left out, and why. */
  readonly lastSkip: { readonly dueAtMs: number; readonly reason: string } | undefined;
  /** The next due times, as many as were asked for; none while it is paused. */
  readonly upcomingMs: readonly number[];
}

export function scheduleView(schedule: Schedule__Output | null): Schedule {
  const spec = schedule?.spec;
  if (!schedule || !spec) throw new ConclaveError("INTERNAL", "the server sent a schedule without its spec");
  const { putBy, putAtMs, pausedBy, pausedWhy, pausedAtMs, fired, skipped, missed } = schedule;
  return {
    name: spec.name,
    cron: spec.cron === "" ? undefined : spec.cron,
    timeZone: spec.cron === "" ? undefined : spec.timeZone,
    everyMs: orNothing(spec.everyMs),
    queue: spec.job?.queue ?? "",
    overlap: overlaps[spec.overlap] ?? "skip",
    catchUpMs: spec.catchUpMs,
    jitterMs: spec.jitterMs,
    startAtMs: orNothing(spec.startAtMs),
    endAtMs: orNothing(spec.endAtMs),
    put: { by: putBy, atMs: putAtMs },
    paused: schedule.paused ? { by: pausedBy, why: pausedWhy, atMs: pausedAtMs } : undefined,
    nextDueAtMs: orNothing(schedule.nextDueAtMs),
    lastDueAtMs: orNothing(schedule.lastDueAtMs),
    lastJobId: schedule.lastJobId === "" ? undefined : schedule.lastJobId,
    bufferedDueAtMs: orNothing(schedule.bufferedDueAtMs),
    fired,
    skipped,
    missed,
    lastSkip:
      schedule.lastSkipDueAtMs === 0
        ? undefined
        : { dueAtMs: schedule.lastSkipDueAtMs, reason: schedule.lastSkipReason },
    upcomingMs: schedule.upcomingMs,
  };
}

const overlaps: Readonly<Record<string, Overlap>> = {
  OVERLAP_SKIP: "skip",
  OVERLAP_ALLOW: "allow",
  OVERLAP_BUFFER_ONE: "bufferOne",
};

function orNothing(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
