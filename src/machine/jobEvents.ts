import type { FencingToken, JobId } from "../base/brands.ts";
import type { JobState } from "./types.ts";

/** `failed`, `expired`, `timedOut`, `released`: an attempt ended so; what became of the job then follows. */
export const jobEventTypes = [
  "enqueued",
  "ready",
  "scheduled",
  "started",
  "progress",
  "checkpoint",
  "cancelRequested",
  "failed",
  "expired",
  "timedOut",
  "released",
  "completed",
  "dead",
  "cancelled",
  "redriven",
  "removed",
] as const;
export type JobEventType = (typeof jobEventTypes)[number];

/** Something that happened to a job in an entry; the entry's index and its place among the entry's events name it. */
export interface JobEvent {
  readonly type: JobEventType;
  readonly id: JobId;
  readonly queue: string;
  readonly agent: string;
  /** Of the job after it; of an attempt that ended: still `running`. */
  readonly state: JobState;
  readonly attempt: number;
  /** Of the last claim, 0 before the first. */
  readonly token: FencingToken;
  /** For people: an error, a reason, a note. */
  readonly detail: string;
}
