import type { JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { ByHand } from "./settings.ts";
import type { JobSpec } from "./types.ts";

export const overlaps = ["skip", "allow", "bufferOne"] as const;

export interface ScheduleSpec {
  readonly name: string;
  readonly timing:
    | { readonly type: "cron"; readonly cron: string; readonly timeZone: string }
    | { readonly type: "every"; readonly everyMs: number };
  /** Its id is "": that of a firing is `NAME/DUE`, with the due time as `Date.toISOString` writes it. */
  readonly job: JobSpec;
  /** While the job of the last firing is active: leave this one out; enqueue it; or keep one until that job ends. */
  readonly overlap: (typeof overlaps)[number];
  /** What was due while nobody led is made up for when it is no older than this. */
  readonly catchUpMs: number;
  /** The job of each firing is put off by a hash of (name, due time), up to this. */
  readonly jitterMs: number;
  /** 0 for none. Nothing is due before the one and after the other; an interval counts from `startAt`, or from 1970. */
  readonly startAt: LogTimeMs;
  readonly endAt: LogTimeMs;
}

export interface Schedule {
  readonly spec: ScheduleSpec;
  /** The log index that put it: another revision is another schedule. */
  readonly revision: LogIndex;
  readonly put: ByHand;
  readonly paused: ByHand | null;
  /** Null: never again. */
  readonly nextDueAt: LogTimeMs | null;
  /** Of the last job that it enqueued; 0 and "" before the first. */
  readonly lastDueAt: LogTimeMs;
  readonly lastJobId: JobId | "";
  /** Due time of the firing that waits for the one before to end. */
  readonly bufferedDueAt: LogTimeMs | null;
  /** The last due time that passed without a job, and why. */
  readonly lastSkip: { readonly dueAt: LogTimeMs; readonly reason: string } | null;
  /** Due times that enqueued a job; those left out by the overlap policy or a refusal; those too old to be made up for. */
  readonly fired: number;
  readonly skipped: number;
  readonly missed: number;
}
