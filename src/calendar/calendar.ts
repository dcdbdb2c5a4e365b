import type { Cron } from "croner";
import { LogTimeMs } from "../base/brands.ts";
import { cronExpression, type FieldNames } from "./cronExpression.ts";

/** When something is due. */
export interface Timetable {
  readonly timing:
    | { readonly type: "cron"; readonly cron: string; readonly timeZone: string }
    | { readonly type: "every"; readonly everyMs: number };
  /** 0 for none. Nothing is due before the one and after the other; an interval counts from `startAt`, or from 1970. */
  readonly startAt: LogTimeMs;
  readonly endAt: LogTimeMs;
}

const namesOfTheApi: FieldNames = { cron: "spec.cron", timeZone: "spec.time_zone" };
/** Expressions kept ready: reading one takes a tenth of a millisecond. */
const maxKept = 4_096;

/**
 * Works out due times. A cron expression means the clock on the wall of its time zone (docs/schedules.md says what that is
 * when the clock is changed); due times depend on the timetable alone, never on what was asked before.
 */
export class Calendar {
  readonly #names: FieldNames;
  readonly #kept = new Map<string, Cron>();

  constructor(names: FieldNames = namesOfTheApi) {
    this.#names = names;
  }

  /** Throws INVALID_ARGUMENT with the field that cannot be read. */
  check({ timing }: Timetable): void {
    if (timing.type === "cron") this.#expression(timing.cron, timing.timeZone);
  }

  /** The first due time after `after`, or null when there is none any more. Throws as `check` does. */
  next(timetable: Timetable, after: LogTimeMs): LogTimeMs | null {
    const { timing, startAt, endAt } = timetable;
    const from = Math.max(after, startAt - 1);
    const next =
      timing.type === "every"
        ? startAt + (Math.floor((from - startAt) / timing.everyMs) + 1) * timing.everyMs
        : this.#nextOf(timing.cron, timing.timeZone, from);
    return next === null || (endAt !== 0 && next > endAt) ? null : LogTimeMs(next);
  }

  /** The next `count` due times after `after`, fewer when it ends. */
  upcoming(timetable: Timetable, after: LogTimeMs, count: number): readonly LogTimeMs[] {
    const times: LogTimeMs[] = [];
    for (let last: LogTimeMs | null = after; times.length < count; ) {
      last = this.next(timetable, last);
      if (last === null) break;
      times.push(last);
    }
    return times;
  }

  /**
   * Passes over what is due from `dueAt` on and before `notBefore`, in at most `maxSteps` steps: how many due times that
   * were, `dueAt` among them, and the one after, which may still be before `notBefore`.
   */
  skip(
    timetable: Timetable,
    dueAt: LogTimeMs,
    notBefore: LogTimeMs,
    maxSteps: number,
  ): { readonly passed: number; readonly next: LogTimeMs | null } {
    const { timing } = timetable;
    if (timing.type === "every") {
      const next = this.next(timetable, LogTimeMs(Math.max(dueAt, notBefore - 1)));
      const last = next ?? LogTimeMs(timetable.endAt + 1);
      return { passed: Math.ceil((last - dueAt) / timing.everyMs), next };
    }
    let next: LogTimeMs | null = dueAt;
    let passed = 0;
    while (next !== null && next < notBefore && passed < maxSteps) {
      next = this.next(timetable, next);
      passed += 1;
    }
    return { passed, next };
  }

  #nextOf(cron: string, timeZone: string, after: number): number | null {
    return this.#expression(cron, timeZone).nextRun(new Date(after))?.getTime() ?? null;
  }

  #expression(cron: string, timeZone: string): Cron {
    const key = `${timeZone} ${cron}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const expression = cronExpression(cron, timeZone, this.#names);
    const [oldest] = this.#kept.size >= maxKept ? this.#kept.keys() : [];
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, expression);
    return expression;
  }
}
