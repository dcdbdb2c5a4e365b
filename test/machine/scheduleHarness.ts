import { JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import type { JobSpec, Schedule, ScheduleSpec } from "../../src/machine/types.ts";
import { type Driver, outcome, spec } from "./harness.ts";

/** An interval of a minute into the queue of the tests. */
export function minutely(
  name: string,
  overrides: Partial<ScheduleSpec> = {},
  job: Partial<JobSpec> = {},
): ScheduleSpec {
  return {
    name,
    timing: { type: "every", everyMs: 60_000 },
    job: { ...spec("x"), id: JobId(""), ...job },
    overlap: "skip",
    catchUpMs: 3_600_000,
    jitterMs: 0,
    startAt: LogTimeMs(0),
    endAt: LogTimeMs(0),
    ...overrides,
  };
}

export function at(ms: number): LogTimeMs {
  return LogTimeMs(ms);
}

export function put(driver: Driver, schedule: ScheduleSpec, nextDueAt: number | null) {
  const next = nextDueAt === null ? null : at(nextDueAt);
  return outcome(
    driver.apply({ type: "putSchedule", spec: schedule, nextDueAt: next, by: "ann" }),
    "putSchedule",
  );
}

export function scheduleIn(driver: Driver, name: string): Schedule {
  const schedule = driver.machine.schedule(name);
  if (schedule === undefined) throw new Error(`no schedule ${name}`);
  return schedule;
}

/** What a leader proposes when `dueAt` has come. */
export function fire(
  driver: Driver,
  name: string,
  dueAt: number,
  nextDueAt: number | null,
  { revision = scheduleIn(driver, name).revision, missed = 0 }: { revision?: LogIndex; missed?: number } = {},
): JobId | null {
  const next = nextDueAt === null ? null : at(nextDueAt);
  const command = {
    type: "fireSchedule",
    name,
    revision,
    dueAt: at(dueAt),
    nextDueAt: next,
    missed,
  } as const;
  return outcome(driver.apply(command), "fireSchedule").enqueued;
}

export function pause(
  driver: Driver,
  name: string,
  on: boolean,
  nextDueAt: number | null = null,
  revision = driver.machine.schedule(name)?.revision ?? LogIndex(0),
) {
  const next = nextDueAt === null ? null : at(nextDueAt);
  const paused = { on, by: "bob", why: on ? "too loud" : "" };
  return outcome(
    driver.apply({ type: "pauseSchedule", name, paused, nextDueAt: next, revision }),
    "pauseSchedule",
  ).schedule;
}
