import { LogTimeMs } from "../base/brands.ts";
import type { Command, CommandBatch, FireSchedule, Outcome, Schedule } from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import { DueQueue } from "./dueQueue.ts";
import type { Calendar } from "./ports.ts";

/** Due times worked out at one check: a step by the calendar takes up to a quarter of a millisecond. */
const stepsPerCheck = 32;
/** Of one schedule that has fallen behind, so that the others have their turn. */
const stepsPerCommand = 16;
/** Schedules that are behind and set aside at one check, while those that are on time are served first. */
const maxBehind = 1_000;
/** Due times of one outage that are counted as missed; what is older than the last of them is passed over at once. */
const maxCounted = 1_000;

export interface SchedulerOptions {
  readonly state: Pick<MachineView, "schedule" | "scheduleNames">;
  readonly calendar: Calendar;
  /** Puts a command into the log while this term lasts; `refused` hears that it was not. */
  readonly propose: (command: FireSchedule, refused: () => void) => void;
  /** A schedule cannot be read: another release, or other tables of time zones. */
  readonly onUnreadable: (name: string, error: unknown) => void;
}

/**
 * Proposes what is due of the schedules, on the leader only. It decides nothing: apply checks revision and due time again,
 * so a firing that an earlier leader proposed as well takes effect once. While nothing is due it looks at one number.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #due = new DueQueue();
  /** Due times counted as missed, of schedules that are behind. */
  readonly #counted = new Map<string, number>();
  #leads = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** This node leads and has applied all that came before its term. */
  lead(): void {
    this.stop();
    this.#leads = true;
    for (const name of this.#options.state.scheduleNames()) this.#look(name);
  }

  stop(): void {
    this.#leads = false;
    this.#due.clear();
    this.#counted.clear();
  }

  /** These have been applied. */
  applied(commands: readonly Command[]): void {
    if (!this.#leads) return;
    for (const command of commands) {
      const name = scheduleOf(command);
      if (name !== null) this.#look(name);
    }
  }

  /** Nothing is due before this log time; null when nothing is. */
  get nextAt(): number | null {
    return this.#due.nextAt;
  }

  /** `now` is the log clock's. */
  check(now: LogTimeMs): void {
    if (!this.#leads) return;
    const behind: [schedule: Schedule, dueAt: LogTimeMs][] = [];
    let steps = 0;
    for (let name = this.#due.takeDue(now); name !== undefined; name = this.#due.takeDue(now)) {
      const schedule = this.#options.state.schedule(name);
      if (schedule === undefined || schedule.nextDueAt === null || schedule.paused !== null) continue;
      const dueAt = schedule.nextDueAt;
      if (dueAt < now - schedule.spec.catchUpMs) {
        behind.push([schedule, dueAt]);
        if (behind.length >= maxBehind) break;
        continue;
      }
      this.#counted.delete(name);
      this.#fire(schedule, dueAt);
      if (++steps >= stepsPerCheck) break;
    }
    for (const [schedule, dueAt] of behind) {
      const { name, catchUpMs } = schedule.spec;
      if (steps >= stepsPerCheck) this.#look(name);
      else steps += this.#skip(schedule, dueAt, LogTimeMs(now - catchUpMs));
    }
  }

  #look(name: string): void {
    const schedule = this.#options.state.schedule(name);
    this.#due.set(name, schedule === undefined || schedule.paused !== null ? null : schedule.nextDueAt);
  }

  #fire(schedule: Schedule, dueAt: LogTimeMs): void {
    this.#propose(schedule, dueAt, () => ({
      nextDueAt: this.#options.calendar.next(schedule.spec, dueAt),
      missed: 0,
    }));
  }

  /** Returns the steps that it took. */
  #skip(schedule: Schedule, dueAt: LogTimeMs, notBefore: LogTimeMs): number {
    const { calendar } = this.#options;
    const { spec } = schedule;
    const counted = this.#counted.get(spec.name) ?? 0;
    let steps = 1;
    this.#propose(schedule, dueAt, () => {
      if (counted >= maxCounted)
        return { nextDueAt: calendar.next(spec, LogTimeMs(notBefore - 1)), missed: 1 };
      const { passed, next } = calendar.skip(spec, dueAt, notBefore, stepsPerCommand);
      this.#counted.set(spec.name, counted + passed);
      steps = Math.min(passed, stepsPerCommand);
      return { nextDueAt: next, missed: passed };
    });
    return steps;
  }

  #propose(
    { spec, revision }: Schedule,
    dueAt: LogTimeMs,
    work: () => Pick<FireSchedule, "nextDueAt" | "missed">,
  ): void {
    const { name } = spec;
    let outcome: Pick<FireSchedule, "nextDueAt" | "missed">;
    try {
      outcome = work();
    } catch (error) {
      // It stays as it is, and is looked at again when it changes or another node leads.
      this.#options.onUnreadable(name, error);
      return;
    }
    this.#options.propose({ type: "fireSchedule", name, revision, dueAt, ...outcome }, () => {
      if (this.#leads) this.#look(name);
    });
  }
}

/** How long after their due times schedules enqueued jobs by this batch, ms. */
export function firedLateBy({ commands, now }: CommandBatch, outcomes: readonly Outcome[]): number[] {
  const late: number[] = [];
  for (const [at, command] of commands.entries()) {
    const outcome = outcomes[at];
    if (command.type !== "fireSchedule" || outcome?.type !== "fireSchedule") continue;
    if (outcome.enqueued !== null) late.push(Math.max(0, now - command.dueAt));
  }
  return late;
}

/** The schedule that a command changes, if any. */
function scheduleOf(command: Command): string | null {
  if (command.type === "putSchedule") return command.spec.name;
  const { type } = command;
  return type === "deleteSchedule" || type === "pauseSchedule" || type === "fireSchedule"
    ? command.name
    : null;
}
