import { LogTimeMs } from "../base/brands.ts";
import { maxFiredPerCommand } from "./limits.ts";
import type { SlotHeap } from "./slotHeap.ts";
import type { MachineState } from "./state.ts";

/**
 * Makes due jobs ready, in the order (dueAt, sequence), then forgets ended jobs whose retention is over; at most
 * `maxFiredPerCommand` in all, so that no entry takes long to apply. Returns how many; what is left stays due.
 */
export function fireTimers(state: MachineState): number {
  let fired = 0;
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
  const purge = earlier(state.finished, state.dead).firstKey();
  const due = state.due.firstKey();
  if (due === null || purge === null) {
    const only = due ?? purge;
    return only === null ? null : LogTimeMs(only);
  }
  return LogTimeMs(Math.min(due, purge));
}

/** The heap whose first key comes first; of equal ones `a`, on every node. */
function earlier(a: SlotHeap, b: SlotHeap): SlotHeap {
  const keyA = a.firstKey();
  const keyB = b.firstKey();
  if (keyA === null) return b;
  return keyB !== null && keyB < keyA ? b : a;
}
