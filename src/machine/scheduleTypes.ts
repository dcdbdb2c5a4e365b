import type { JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { ByHand } from "./settings.ts";
import type { JobSpec } from "./types.ts";

export const overlaps = ["skip", "allow", "bufferOne"] as const;

export interface ScheduleSpec {
  readonly name: string;
  readonly timing:
    | { readonly type: "cron"; readonly cron: string; readonly timeZone: string }
    | { readonly type: "every"; readonly everyMs: number };
  /** Its id is "": each firing has one made of the schedule's name and the due time. */
  readonly job: JobSpec;
  /** While the job of the last firing is active: leave this one out; enqueue it; or keep one until that job ends. */
  readonly overlap: (typeof overlaps)[number];
  /** What was due while nobody led is made up for when it is no older than this. */
  readonly catchUpMs: number;
  /** Each firing is put off by a hash of (name, due time), up to this. */
  readonly jitterMs: number;
  /** 0 for none. */
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
  /** 0 and "" before the first. */
  readonly lastDueAt: LogTimeMs;
  readonly lastJobId: JobId | "";
  /** Due time of the firing that waits for the one before to end. */
  readonly bufferedDueAt: LogTimeMs | null;
  readonly fired: number;
  readonly skipped: number;
  readonly missed: number;
}
