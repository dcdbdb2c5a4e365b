import { maxFinishedJobs } from "./limits.ts";
import type { SlotHeap } from "./slotHeap.ts";
import type { MachineState } from "./state.ts";

/**
 * Forgets ended jobs beyond the bounds by number and bytes, of the cluster and of queues; at most `limit`. Nothing while a
 * job has ended and its dependents have not all heard of it. Returns how many.
 */
export function trimEnded(state: MachineState, limit: number): number {
  if (state.aside.flows.settling > 0) return 0;
  for (let trimmed = 0; trimmed < limit; trimmed++) {
    const slot = state.aside.bounds.tooMany ?? overAll(state);
    if (slot === undefined) return trimmed;
    state.purge(slot);
  }
  return limit;
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
