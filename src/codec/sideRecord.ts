import { JobId, LogTimeMs } from "../base/brands.ts";
import type { DedupRecord, RateRecord, SideRecord, TurnsRecord } from "../machine/records.ts";
import { storedJobEnd } from "./jobEnums.ts";
import { type StoredSchedule, scheduleFromStored, scheduleToStored } from "./storedSchedule.ts";
import {
  breakerFromStored,
  breakerToStored,
  queueFromStored,
  queueToStored,
  type StoredBreaker,
  type StoredQueue,
} from "./storedSettings.ts";

/** The side records' members of `StoredRecord` (records.proto) as protobufjs decodes them. */
export interface StoredSide {
  readonly queue?: StoredQueue | null;
  readonly breaker?: StoredBreaker | null;
  readonly schedule?: StoredSchedule | null;
  readonly dedup?: StoredDedup | null;
  readonly rate?: StoredRate | null;
  readonly turns?: StoredTurns | null;
}

interface StoredDedup {
  readonly queue: string;
  readonly key: string;
  readonly jobId: string;
  readonly untilMs: number;
  /** Undefined is not written, and reads as 0: not remembered. */
  readonly end: number | undefined;
}

interface StoredRate {
  readonly queue: string;
  readonly key: string;
  readonly atMs: readonly number[];
  readonly count: readonly number[];
}

interface StoredTurns {
  readonly queue: string;
  readonly levels: readonly {
    readonly time: number;
    readonly ahead: readonly { readonly key: string; readonly turn: number }[];
  }[];
}

export function sideToStored(record: SideRecord): StoredSide {
  switch (record.kind) {
    case "queue":
      return { queue: queueToStored(record.settings) };
    case "breaker":
      return { breaker: breakerToStored(record.breaker) };
    case "schedule":
      return { schedule: scheduleToStored(record.schedule) };
    case "dedup":
      return {
        dedup: {
          queue: record.queue,
          key: record.key,
          jobId: record.jobId,
          untilMs: record.until,
          end: record.end === undefined ? undefined : storedJobEnd.number(record.end),
        },
      };
    case "rate":
      return {
        rate: {
          queue: record.queue,
          key: record.key,
          atMs: record.uses.map((use) => use.at),
          count: record.uses.map((use) => use.count),
        },
      };
    case "turns":
      return { turns: turnsToStored(record) };
  }
}

/** Null for a record of another kind. */
export function sideFromStored(stored: StoredSide): SideRecord | null {
  if (stored.queue) return { kind: "queue", settings: queueFromStored(stored.queue) };
  if (stored.breaker) return { kind: "breaker", breaker: breakerFromStored(stored.breaker) };
  if (stored.schedule) return { kind: "schedule", schedule: scheduleFromStored(stored.schedule) };
  if (stored.dedup) return dedupFromStored(stored.dedup);
  if (stored.turns) return turnsFromStored(stored.turns);
  return stored.rate ? rateFromStored(stored.rate) : null;
}

function dedupFromStored({ queue, key, jobId, untilMs, end: stored = 0 }: StoredDedup): DedupRecord {
  const end = storedJobEnd.name(stored);
  const until = LogTimeMs(untilMs);
  return { kind: "dedup", queue, key, jobId: JobId(jobId), until, ...(end !== null && { end }) };
}

function rateFromStored({ queue, key, atMs, count }: StoredRate): RateRecord {
  const uses = atMs.map((at, i) => ({ at: LogTimeMs(at), count: count[i] ?? 0 }));
  return { kind: "rate", queue, key, uses };
}

function turnsToStored({ queue, levels }: TurnsRecord): StoredTurns {
  const stored = levels.map(({ time, ahead }) => ({
    time,
    ahead: ahead.map(([key, turn]) => ({ key, turn })),
  }));
  return { queue, levels: stored };
}

function turnsFromStored({ queue, levels }: StoredTurns): TurnsRecord {
  const read = levels.map(({ time, ahead }) => ({
    time,
    ahead: ahead.map(({ key, turn }) => [key, turn] as const),
  }));
  return { kind: "turns", queue, levels: read };
}
