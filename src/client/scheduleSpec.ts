import type { Duration } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { namePattern } from "../base/jobBounds.ts";
import type { ScheduleSpec } from "../generated/conclave/v1/ScheduleSpec.ts";
import { checkDuration, invalid } from "./checks.ts";
import { type JobOptions, jobSpec } from "./jobSpec.ts";
import { toWire } from "./names.ts";

/** `skip` leaves a due time out while the last job is active, `allow` does not mind, `bufferOne` keeps one for its end. */
export type Overlap = "skip" | "allow" | "bufferOne";

export const overlapToWire = {
  skip: "OVERLAP_SKIP",
  allow: "OVERLAP_ALLOW",
  bufferOne: "OVERLAP_BUFFER_ONE",
} as const satisfies Record<Overlap, string>;

/** When a job is enqueued, and which. Either `cron` or `every`. */
export interface ScheduleOptions<Input = unknown>
  extends Omit<JobOptions<Input>, "id" | "delay" | "runAt" | "waitFor"> {
  /** Five fields (minute, hour, day of the month, month, day of the week) or six (seconds first), or `@daily` and its like. */
  readonly cron?: string | undefined;
  /** IANA name of the zone whose clock `cron` means; default UTC. */
  readonly timeZone?: string | undefined;
  /** At least 1 s. Counts from `startAt`, or else from 1970, so that `"1h"` is every full hour (UTC). */
  readonly every?: Duration | undefined;
  readonly queue: string;
  readonly data?: Input | undefined;
  /** Default `skip`. */
  readonly overlap?: Overlap | undefined;
  /** What fell due while no node led is made up for when it is no older than this; 10 s to a year, default 1 h. */
  readonly catchUp?: Duration | undefined;
  /** Each job is put off by a time of its own, up to this; at most a day, default none. */
  readonly jitter?: Duration | undefined;
  /** Nothing is due before the one and after the other. */
  readonly startAt?: Date | number | undefined;
  readonly endAt?: Date | number | undefined;
}

export function checkScheduleName(name: string): string {
  if (name.length > 100) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `the schedule's name has ${name.length} characters; at most 100 are allowed, since the ids of its jobs begin with it`,
    );
  }
  if (namePattern.test(name)) return name;
  throw invalid("the schedule's name", name, "1 to 100 characters of A-Z a-z 0-9 . _ : / -");
}

/** The calendar's words (cron, time zone) are left for the cluster to judge. */
export function scheduleSpec<Input>(name: string, options: ScheduleOptions<Input>): ScheduleSpec {
  const { cron = "", every, timeZone = "", queue, data, overlap = "skip" } = options;
  if ((cron === "") === (every === undefined)) {
    throw invalid("cron, every", { cron, every }, "one of the two");
  }
  return {
    name: checkScheduleName(name),
    cron,
    timeZone,
    everyMs: every === undefined ? 0 : intervalMs(every),
    job: { ...jobSpec<unknown>(queue, data, options), id: "" },
    overlap: toWire(overlapToWire, overlap, "overlap"),
    catchUpMs: checkDuration(options.catchUp, "catchUp", 10_000),
    jitterMs: checkDuration(options.jitter, "jitter", 0),
    startAtMs: timeMs(options.startAt, "startAt"),
    endAtMs: timeMs(options.endAt, "endAt"),
  };
}

/** 0 would say "not set" on the wire. */
function intervalMs(every: Duration): number {
  const ms = checkDuration(every, "every", 0);
  if (ms < 1_000) throw invalid("every", every, "at least 1 s");
  return ms;
}

function timeMs(time: Date | number | undefined, what: string): number {
  if (time === undefined) return 0;
  const ms = Math.ceil(Number(time));
  if (!Number.isSafeInteger(ms) || ms <= 0) throw invalid(what, time, "a Date or ms since the epoch");
  return ms;
}
