import { checkWellFormed, invalid } from "./checks.ts";
import { type JobState, stateToWire, toWire } from "./names.ts";

/** Which jobs are meant; what is left out means all. */
export interface JobFilter {
  readonly queue?: string | undefined;
  readonly state?: JobState | readonly JobState[] | undefined;
  readonly agent?: string | undefined;
  /** Jobs that carry this tag; jobs of this key. */
  readonly tag?: string | undefined;
  readonly key?: string | undefined;
  /** Enqueued at or after / before this time: a Date, or ms since the epoch. */
  readonly since?: Date | number | undefined;
  readonly before?: Date | number | undefined;
}

export function filterToWire(filter: JobFilter) {
  const { queue = "", agent = "", tag = "", key = "", state = [] } = filter;
  const states: readonly JobState[] = typeof state === "string" ? [state] : state;
  return {
    queue: checkWellFormed(queue, "queue"),
    agent: checkWellFormed(agent, "agent"),
    tag: checkWellFormed(tag, "tag"),
    key: checkWellFormed(key, "key"),
    states: states.map((each) => toWire(stateToWire, each, "state")),
    sinceMs: timeMs(filter.since, "since"),
    beforeMs: timeMs(filter.before, "before"),
  };
}

/** ms since the epoch; 0 for not given. */
function timeMs(time: Date | number | undefined, what: string): number {
  if (time === undefined) return 0;
  const ms = Math.ceil(Number(time));
  if (!Number.isSafeInteger(ms) || ms < 0) throw invalid(what, time, "a Date or ms since the epoch");
  return ms;
}
