import type { JobId } from "../../../src/base/brands.ts";
import type { Command, CommandBatch, Outcome, Schedule, ScheduleSpec } from "../../../src/machine/types.ts";

type Fire = Extract<Command, { readonly type: "fireSchedule" }>;

/** One revision of a schedule: what it is due at next. */
interface Followed {
  readonly spec: ScheduleSpec;
  readonly revision: number;
  isPaused: boolean;
  dueAt: number | null;
  /** Due times that got a job. */
  readonly fired: Set<JobId>;
}

/** Due times asked for ahead by a leader whose clock is not quite log time. */
const aheadMs = 120_000;

/**
 * Due times follow one another without a gap, whoever leads and however log time leaps, each is passed exactly once, and no
 * due time has two jobs. Leaders work them out with the calendar; here that is arithmetic on intervals.
 */
export class ScheduleChecker {
  readonly #fail: (violation: string) => void;
  readonly #clocks: { readonly clocksFailed: boolean };
  readonly #followed = new Map<string, Followed>();

  constructor(fail: (violation: string) => void, clocks: { readonly clocksFailed: boolean }) {
    this.#fail = fail;
    this.#clocks = clocks;
  }

  /** After both machines have applied it. */
  observe({ commands, now }: CommandBatch, outcomes: readonly Outcome[]): void {
    commands.forEach((command, i) => {
      const outcome = outcomes[i];
      if (command.type === "putSchedule" && outcome?.type === "putSchedule" && outcome.change !== "none")
        this.#begin(command.spec, outcome.schedule, now);
      if (command.type === "pauseSchedule") this.#switch(command);
      if (command.type === "deleteSchedule") this.#followed.delete(command.name);
      if (command.type === "fireSchedule" && outcome?.type === "fireSchedule")
        this.#fire(command, outcome.enqueued, now);
    });
  }

  #begin(spec: ScheduleSpec, { revision, nextDueAt, paused }: Schedule, now: number): void {
    const fired = new Set<JobId>();
    this.#followed.set(spec.name, { spec, revision, isPaused: paused !== null, dueAt: nextDueAt, fired });
    if (nextDueAt === null) return;
    if (nextDueAt !== after(spec, nextDueAt - 1))
      this.#fail(`schedule ${spec.name} is first due at ${nextDueAt}, which is none of its times`);
    if (nextDueAt <= now - aheadMs && !this.#clocks.clocksFailed)
      this.#fail(`schedule ${spec.name}, put at ${now}, is due at ${nextDueAt}`);
  }

  #switch({ name, paused, nextDueAt, revision }: Extract<Command, { readonly type: "pauseSchedule" }>): void {
    const followed = this.#followed.get(name);
    if (followed === undefined || followed.isPaused === paused.on) return;
    // Its due time is one of a spec that is gone.
    if (!paused.on && revision !== followed.revision) return;
    followed.isPaused = paused.on;
    if (!paused.on) followed.dueAt = nextDueAt;
    followed.fired.clear();
  }

  #fire({ name, revision, dueAt, nextDueAt, missed }: Fire, enqueued: JobId | null, now: number): void {
    const followed = this.#followed.get(name);
    const isDue = followed?.dueAt === dueAt && followed.revision === revision && !followed.isPaused;
    // Proposed by an earlier leader, too, or for a revision that is gone: nothing comes of it.
    if (followed === undefined || !isDue || dueAt > now) {
      if (enqueued !== null)
        this.#fail(`Q9: schedule ${name} fires for ${dueAt} at ${now}, when it is not due`);
      return;
    }
    const { spec, fired } = followed;
    if (enqueued !== null && fired.has(enqueued)) this.#fail(`schedule ${name} fires twice for ${dueAt}`);
    if (enqueued !== null) fired.add(enqueued);
    const passed = nextDueAt === null ? null : (nextDueAt - dueAt) / intervalOf(spec);
    // What is older than a thousand due times is passed over at once.
    const isGap = missed !== 1 && passed !== null && passed !== Math.max(1, missed);
    if (isGap || (nextDueAt !== null && nextDueAt !== after(spec, nextDueAt - 1)) || (passed ?? 1) < 1)
      this.#fail(`schedule ${name}: after ${dueAt} it is due at ${nextDueAt}, with ${missed} missed`);
    if (missed > 0 && now - dueAt < spec.catchUpMs - aheadMs)
      this.#fail(`schedule ${name} passes over ${dueAt} at ${now}, which is not too old`);
    followed.dueAt = nextDueAt;
  }
}

/** The first due time after `time`. Of cron expressions those that name every n-th second of a minute. */
function after(spec: ScheduleSpec, time: number): number | null {
  const { timing, startAt, endAt } = spec;
  const origin = timing.type === "every" ? startAt : 0;
  const everyMs = intervalOf(spec);
  const from = Math.max(time, startAt - 1);
  const next = origin + (Math.floor((from - origin) / everyMs) + 1) * everyMs;
  return endAt !== 0 && next > endAt ? null : next;
}

function intervalOf({ timing }: ScheduleSpec): number {
  return timing.type === "every" ? timing.everyMs : Number(/\d+/.exec(timing.cron)?.[0]) * 1_000;
}
