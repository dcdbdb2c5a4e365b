import { LogTimeMs } from "../base/brands.ts";
import { fireBreakers } from "./breakerRules.ts";
import { settle } from "./flows.ts";
import { maxFiredPerCommand } from "./limits.ts";
import { fireRates } from "./rates.ts";
import { hasTooMany, nextPurgeAt, purgeDue, trimEnded } from "./retention.ts";
import type { MachineState } from "./state.ts";
import { fireDeadlines } from "./timeouts.ts";

/**
 * Half-opens breakers, gives back what rate limits have held for long enough, ends what has run out of time, makes due jobs
 * ready, in the order (dueAt, sequence), goes on telling dependents, then forgets dedup windows and ended jobs whose time is
 * over; at most `maxFiredPerCommand` in all, so that no entry takes long to apply. Returns how many; what is left stays due.
 */
export function fireTimers(state: MachineState): number {
  let fired = fireBreakers(state, maxFiredPerCommand);
  for (const step of [fireRates, fireDeadlines, fireDue, settle, expireKeys, purgeDue, trimEnded]) {
    fired += step(state, maxFiredPerCommand - fired);
  }
  return fired;
}

function fireDue(state: MachineState, limit: number): number {
  for (let fired = 0; fired < limit; fired++) {
    const slot = state.due.first();
    if (slot === undefined || (slot.heapKey ?? 0) > state.now) return fired;
    state.makeReady(slot, "tail");
  }
  return limit;
}

function expireKeys(state: MachineState, limit: number): number {
  return state.aside.dedup.expire(state.now, limit);
}

/** Earliest log time at which `fireTimers` has something to do, or null. */
export function nextTimerAt(state: MachineState): LogTimeMs | null {
  const { due, breakers, rates } = state;
  const { deadlines, dedup, flows } = state.aside;
  if (flows.settling > 0 || hasTooMany(state)) return state.now;
  const jobs = [due.firstKey(), deadlines.firstKey(), dedup.firstEnd, nextPurgeAt(state)];
  const times = [...jobs, breakers.nextAt(), rates.nextAt()];
  const next = times.reduce<number>((least, at) => Math.min(least, at ?? least), Number.POSITIVE_INFINITY);
  return next === Number.POSITIVE_INFINITY ? null : LogTimeMs(next);
}

/** See `MachineView`. */
export function dueByQueue(state: MachineState, now: LogTimeMs, limit: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { queue } of state.due.smallest(limit, now)) {
    counts.set(queue.name, (counts.get(queue.name) ?? 0) + 1);
  }
  return counts;
}
