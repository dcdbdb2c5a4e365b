import type { Term } from "../../../src/base/brands.ts";
import type { Machine } from "../../../src/machine/index.ts";
import type { Command, CommandBatch } from "../../../src/machine/types.ts";
import type { World } from "../cluster/world.ts";

/** Once all is mended, what has fallen due does not wait longer for its entry. */
const lateMs = 8_000;
/** Nor is it left alone for so long by a leader that is at work. */
const neglectMs = 3_000;
/** While a leader commits something else at least so often, it could see to its duties as well. */
const activeMs = 300;

/** Something that a leader has to see to when its time has come. */
interface Duty {
  readonly by: Command["type"];
  readonly dueAt: (machine: Machine) => number | null;
  /** Since when (true time) something has been due at every entry. */
  since: number | null;
  /** How long its leader has been at work with something due and has not seen to it at all. */
  neglectedMs: number;
}

/** Q9, Q11: what has fallen due is seen to, by every leader that commits anything at all. */
export class DutyChecker {
  readonly #world: World;
  readonly #duties: readonly Duty[];
  readonly #fail: (violation: string) => void;
  #term: Term | null = null;
  #lastEntryAt = 0;
  /** Of the first entry after all was mended: what waited until then nobody may have been able to see to. */
  #healedAt: number | null = null;

  constructor(world: World, fail: (violation: string) => void) {
    this.#world = world;
    this.#fail = fail;
    const idle = { since: null, neglectedMs: 0 };
    this.#duties = [
      { by: "fireTimers", dueAt: (machine) => machine.nextTimerAt(), ...idle },
      { by: "expireClaims", dueAt: (machine) => machine.nextLeaseEnd(), ...idle },
      { by: "fireSchedule", dueAt: nextFiring, ...idle },
    ];
  }

  /** An entry of `term` was applied. */
  observe(term: Term, { commands }: CommandBatch, machine: Machine): void {
    const { now } = this.#world.timeline;
    const passed = Math.min(activeMs, now - this.#lastEntryAt);
    this.#lastEntryAt = now;
    if (this.#world.healed) this.#healedAt ??= now;
    // A new leader begins with all that nobody could see to before it.
    const isFresh = term !== this.#term || commands.some(({ type }) => type === "beginTerm");
    this.#term = term;
    for (const duty of this.#duties) {
      const dueAt = duty.dueAt(machine);
      if (isFresh || dueAt === null || dueAt > machine.now) duty.since = null;
      else duty.since ??= now;
      if (duty.since === null || commands.some(({ type }) => type === duty.by)) duty.neglectedMs = 0;
      else duty.neglectedMs += passed;
      if (duty.since === null) continue;
      const waitsMs = this.#healedAt === null ? 0 : now - Math.max(duty.since, this.#healedAt);
      if (waitsMs <= lateMs && duty.neglectedMs <= neglectMs) continue;
      const ms = Math.round(Math.max(waitsMs, duty.neglectedMs));
      this.#fail(`Q9, Q11: ${duty.by} has been due for ${ms} ms, since log time ${dueAt}`);
    }
  }
}

function nextFiring(machine: Machine): number | null {
  const dues = machine.scheduleNames().map((name) => machine.schedule(name));
  return dues.reduce<number | null>((least, each) => {
    if (each === undefined || each.paused !== null || each.nextDueAt === null) return least;
    return least === null ? each.nextDueAt : Math.min(least, each.nextDueAt);
  }, null);
}
