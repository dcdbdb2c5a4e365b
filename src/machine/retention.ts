import { maxFinishedJobs, maxFiredPerCommand } from "./limits.ts";
import type { SlotHeap } from "./slotHeap.ts";
import type { MachineState } from "./state.ts";

/**
 * Forgets ended jobs beyond the bounds by number and bytes, of the cluster and of queues; at most `limit`. Nothing while a
 * job has ended and its dependents have not all heard of it. Returns how many.
 */
export function trimEnded(state: MachineState, limit: number): number {
  if (state.aside.flows.settling > 0) return 0;
  const most = state.rules < 1 ? limit : Math.min(limit, leftOfEntry(state));
  for (let trimmed = 0; trimmed < most; trimmed++) {
    const slot = state.aside.bounds.tooMany ?? overAll(state);
    if (slot === undefined) return trimmed;
    state.purge(slot);
  }
  return most;
}

/** As `trimEnded`, those whose time is over. */
export function purgeDue(state: MachineState, limit: number): number {
  if (state.aside.flows.settling > 0) return 0;
  for (let purged = 0; purged < limit; purged++) {
    const slot = earlier(state.finished, state.dead).first();
    if (slot === undefined || (slot.heapKey ?? 0) > state.now) return purged;
    state.purge(slot);
  }
  return limit;
}

export function nextPurgeAt(state: MachineState): number | null {
  return earlier(state.finished, state.dead).firstKey();
}

/** More is kept than may be, since one entry does not remove it all. */
export function hasTooMany(state: MachineState): boolean {
  return state.aside.bounds.tooMany !== undefined || overAll(state) !== undefined;
}

/**
 * What the entry being applied may still trim: as many as it has ended in all, since each may be one too many, and some thousand
 * more, less what it has forgotten. `state.ended` has both, those that ended and those that are forgotten.
 */
function leftOfEntry({ ended, totals, purgedBefore }: MachineState): number {
  const forgotten = totals.purged - purgedBefore;
  return Math.max(0, maxFiredPerCommand + (ended.length - forgotten) - forgotten);
}

function overAll(state: MachineState) {
  return state.finished.size > maxFinishedJobs ? state.finished.first() : undefined;
}

/** The heap whose first key comes first; of equal ones `a`, on every node. */
function earlier(a: SlotHeap, b: SlotHeap): SlotHeap {
  const keyA = a.firstKey();
  const keyB = b.firstKey();
  if (keyA === null) return b;
  return keyB !== null && keyB < keyA ? b : a;
}
