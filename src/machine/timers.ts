import { LogTimeMs } from "../base/brands.ts";
import { fireBreakers } from "./breakerRules.ts";
import { maxFiredPerCommand } from "./limits.ts";
import { fireRates } from "./rates.ts";
import type { SlotHeap } from "./slotHeap.ts";
import type { MachineState } from "./state.ts";

/**
 * Half-opens breakers, gives back what rate limits have held for long enough, makes due jobs ready in the order (dueAt,
 * sequence), then forgets ended jobs whose retention is over; at most `maxFiredPerCommand` in all, so that no entry takes
 * long to apply. Returns how many; what is left stays due.
 */
export function fireTimers(state: MachineState): number {
  let fired = fireBreakers(state, maxFiredPerCommand);
  fired += fireRates(state, maxFiredPerCommand - fired);
  for (; fired < maxFiredPerCommand; fired++) {
    const slot = state.due.first();
    if (slot === undefined || (slot.heapKey ?? 0) > state.now) break;
    state.makeReady(slot, "tail");
  }
  for (; fired < maxFiredPerCommand; fired++) {
    const slot = earlier(state.finished, state.dead).first();
    if (slot === undefined || (slot.heapKey ?? 0) > state.now) break;
    state.purge(slot);
  }
  return fired;
}

/** Earliest log time at which `fireTimers` has something to do, or null. */
export function nextTimerAt(state: MachineState): LogTimeMs | null {
  const { due, finished, dead, breakers, rates } = state;
  const times = [due.firstKey(), finished.firstKey(), dead.firstKey(), breakers.nextAt(), rates.nextAt()];
  const next = times.reduce<number>((least, at) => Math.min(least, at ?? least), Number.POSITIVE_INFINITY);
  return next === Number.POSITIVE_INFINITY ? null : LogTimeMs(next);
}

/** The heap whose first key comes first; of equal ones `a`, on every node. */
function earlier(a: SlotHeap, b: SlotHeap): SlotHeap {
  const keyA = a.firstKey();
  const keyB = b.firstKey();
  if (keyA === null) return b;
  return keyB !== null && keyB < keyA ? b : a;
}
