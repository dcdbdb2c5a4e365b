import type { JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { Schedule } from "./scheduleTypes.ts";
import type { Breaker, QueueSettings } from "./settings.ts";
import type { AttemptEnd, Job, JobEnd } from "./types.ts";

/** So many jobs, by sequence number, are one page: a checkpoint writes those of them that changed as one record. */
export const pageJobs = 32;

export function pageOf(sequence: number): number {
  return Math.floor(sequence / pageJobs);
}

/** A job's whole record as the checkpoint keeps it: `Job` plus what rebuilds the machine's indexes. */
export interface JobRecord {
  readonly kind: "job";
  readonly job: Job;
  /** Position in the order of enqueueing, over all queues. */
  readonly sequence: number;
  /** Position in the ready order of its queue and priority. */
  readonly readyOrder: number;
  /** How the last claim ended, so that a repeated act with its token answers as it did the first time. */
  readonly lastEnd: AttemptEnd | null;
  /** When it first became ready, of a job with a queue timeout, later by the time under claims that were given back. */
  readonly queuedAt?: LogTimeMs;
  /** When it got its place in the ready order, where that is not when it was enqueued. */
  readonly readyAt?: LogTimeMs;
  /** The last delay, of a job with decorrelated jitter. */
  readonly lastDelayMs?: number;
  /** When it last began anew (redrive): total timeouts count from there. */
  readonly redrivenAt?: LogTimeMs;
}

/** The machine's scalars: one record. */
export interface MetaRecord {
  readonly kind: "meta";
  readonly appliedIndex: LogIndex;
  readonly now: LogTimeMs;
  readonly nextSequence: number;
  readonly nextReadyOrder: number;
  readonly stateHash: string;
  /** That the machine follows (rules.ts); left out for those of release 0.1.0. */
  readonly rules?: number;
  readonly totals: {
    readonly enqueued: number;
    readonly purged: number;
    readonly attempts: number;
    readonly failures: number;
    readonly deaths: number;
  };
}

/** Settings that are not the defaults. */
export interface QueueRecord {
  readonly kind: "queue";
  readonly settings: QueueSettings;
}

export interface BreakerRecord {
  readonly kind: "breaker";
  readonly breaker: Breaker;
}

export interface ScheduleRecord {
  readonly kind: "schedule";
  readonly schedule: Schedule;
}

/** A dedup key that is held beyond its job's end. */
export interface DedupRecord {
  readonly kind: "dedup";
  readonly queue: string;
  readonly key: string;
  readonly jobId: JobId;
  readonly until: LogTimeMs;
  /** How the job ended; left out where that was not remembered, under rules 0. */
  readonly end?: JobEnd;
}

/** Claims that count towards a rate limit of a queue (key "") or of a key in it, oldest first. */
export interface RateRecord {
  readonly kind: "rate";
  readonly queue: string;
  readonly key: string;
  readonly uses: readonly { readonly at: LogTimeMs; readonly count: number }[];
}

/**
 * Whose turn it is in a queue with fairness, by priority (high, normal, low): virtual time, and the turns above it, by key.
 */
export interface TurnsRecord {
  readonly kind: "turns";
  readonly queue: string;
  readonly levels: readonly {
    readonly time: number;
    readonly ahead: readonly (readonly [key: string, turn: number])[];
  }[];
}

/** What the machine keeps beside jobs; each is replaced as a whole, never changed. */
export type SideRecord =
  | QueueRecord
  | BreakerRecord
  | ScheduleRecord
  | DedupRecord
  | RateRecord
  | TurnsRecord;

export type MachineRecord = JobRecord | MetaRecord | SideRecord;

/** Unique among side records, and their key on disk: a letter for the kind, then what it belongs to. */
export function sideName(record: SideRecord): string {
  switch (record.kind) {
    case "queue":
      return `q${record.settings.queue}`;
    case "breaker":
      return `b${record.breaker.agent}`;
    case "schedule":
      return `t${record.schedule.spec.name}`;
    case "dedup":
      return `d${record.queue}\0${record.key}`;
    case "rate":
      return `r${record.queue}\0${record.key}`;
    case "turns":
      return `f${record.queue}`;
  }
}
