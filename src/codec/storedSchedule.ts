import { JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Schedule, ScheduleSpec } from "../machine/scheduleTypes.ts";
import { storedOverlap } from "./jobEnums.ts";
import { type StoredSpec, specFromStored, specToStored } from "./jobSpec.ts";
import { byHandFromStored, byHandToStored, type StoredByHand } from "./storedSettings.ts";

/** Schedules as protobufjs reads and writes them (log.proto, records.proto). */
export interface StoredScheduleSpec {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly everyMs: number;
  readonly job: StoredSpec | null;
  readonly overlap: number;
  readonly catchUpMs: number;
  readonly jitterMs: number;
  readonly startAtMs: number;
  readonly endAtMs: number;
}

export interface StoredSchedule {
  readonly spec: StoredScheduleSpec | null;
  readonly revision: number;
  readonly paused: StoredByHand | null;
  readonly put: StoredByHand | null;
  readonly nextDueAtMs: number;
  readonly lastDueAtMs: number;
  readonly lastJobId: string;
  readonly bufferedDueAtMs: number;
  readonly fired: number;
  readonly skipped: number;
  readonly missed: number;
  readonly lastSkipDueAtMs: number;
  readonly lastSkipReason: string;
}

export function scheduleSpecToStored(spec: ScheduleSpec): StoredScheduleSpec {
  const { timing } = spec;
  return {
    name: spec.name,
    cron: timing.type === "cron" ? timing.cron : "",
    timeZone: timing.type === "cron" ? timing.timeZone : "",
    everyMs: timing.type === "every" ? timing.everyMs : 0,
    job: specToStored(spec.job),
    overlap: storedOverlap.number(spec.overlap),
    catchUpMs: spec.catchUpMs,
    jitterMs: spec.jitterMs,
    startAtMs: spec.startAt,
    endAtMs: spec.endAt,
  };
}

export function scheduleSpecFromStored(stored: StoredScheduleSpec | null): ScheduleSpec {
  if (stored === null || stored.job === null) throw incomplete();
  return {
    name: stored.name,
    timing:
      stored.cron === ""
        ? { type: "every", everyMs: stored.everyMs }
        : { type: "cron", cron: stored.cron, timeZone: stored.timeZone },
    job: specFromStored(stored.job),
    overlap: storedOverlap.name(stored.overlap) ?? "skip",
    catchUpMs: stored.catchUpMs,
    jitterMs: stored.jitterMs,
    startAt: LogTimeMs(stored.startAtMs),
    endAt: LogTimeMs(stored.endAtMs),
  };
}

export function scheduleToStored(schedule: Schedule): StoredSchedule {
  return {
    spec: scheduleSpecToStored(schedule.spec),
    revision: schedule.revision,
    paused: byHandToStored(schedule.paused),
    put: byHandToStored(schedule.put),
    nextDueAtMs: schedule.nextDueAt ?? 0,
    lastDueAtMs: schedule.lastDueAt,
    lastJobId: schedule.lastJobId,
    bufferedDueAtMs: schedule.bufferedDueAt ?? 0,
    fired: schedule.fired,
    skipped: schedule.skipped,
    missed: schedule.missed,
    lastSkipDueAtMs: schedule.lastSkip?.dueAt ?? 0,
    lastSkipReason: schedule.lastSkip?.reason ?? "",
  };
}

export function scheduleFromStored(stored: StoredSchedule): Schedule {
  const put = byHandFromStored(stored.put);
  if (put === null) throw incomplete();
  return {
    spec: scheduleSpecFromStored(stored.spec),
    revision: LogIndex(stored.revision),
    put,
    paused: byHandFromStored(stored.paused),
    nextDueAt: timeOrNull(stored.nextDueAtMs),
    lastDueAt: LogTimeMs(stored.lastDueAtMs),
    lastJobId: stored.lastJobId === "" ? "" : JobId(stored.lastJobId),
    bufferedDueAt: timeOrNull(stored.bufferedDueAtMs),
    fired: stored.fired,
    skipped: stored.skipped,
    missed: stored.missed,
    lastSkip:
      stored.lastSkipDueAtMs === 0
        ? null
        : { dueAt: LogTimeMs(stored.lastSkipDueAtMs), reason: stored.lastSkipReason },
  };
}

export function timeOrNull(ms: number): LogTimeMs | null {
  return ms === 0 ? null : LogTimeMs(ms);
}

function incomplete(): ConclaveError {
  return new ConclaveError("DATA_CORRUPT", "a stored schedule lacks a part that every schedule has");
}
