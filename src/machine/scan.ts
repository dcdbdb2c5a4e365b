import type { JobId } from "../base/brands.ts";
import { maxToldPerEntry } from "./limits.ts";
import { matches } from "./list.ts";
import type { SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { JobFilter } from "./types.ts";

/** A job by its place in the order of enqueueing, where a scan goes on. */
export interface ScanPlace {
  readonly sequence: number;
  readonly id: JobId;
}

export interface ScanRequest {
  readonly filter: Omit<JobFilter, "limit" | "after">;
  /** The first job to look at; null for the oldest of all. */
  readonly from: ScanPlace | null;
  /** Jobs of this sequence and later ones are left out: see `MachineView.nextSequence`. */
  readonly until: number;
  readonly maxExamined: number;
  readonly maxMatched: number;
  /** Ends where what is to be done with what was found costs so much (`costByHand`); left out for no bound. */
  readonly maxCost?: { readonly of: number; readonly deletes: boolean };
}

export interface Scanned {
  readonly ids: readonly JobId[];
  readonly examined: number;
  /** With `maxCost`. */
  readonly cost: number;
  /** Where to go on; null at the end. */
  readonly next: ScanPlace | null;
}

/**
 * Some of the jobs that fit, in the order of enqueueing, within bounds of work. It goes on at a job that was not looked
 * at yet, so that it may be done with the others whatever one likes; should that one be gone, at the next one that is there.
 */
export function scan(state: MachineState, request: ScanRequest): Scanned {
  const { filter, from, until, maxExamined, maxMatched, maxCost } = request;
  const ids: JobId[] = [];
  let examined = 0;
  let cost = 0;
  for (const slot of from === null ? state.jobs.views(null) : startingAt(state, from)) {
    if (slot.sequence >= until) break;
    if (examined >= maxExamined || ids.length >= maxMatched || cost >= (maxCost?.of ?? cost + 1)) {
      return { ids, examined, cost, next: { sequence: slot.sequence, id: slot.id } };
    }
    examined++;
    if (!matches(slot, filter)) continue;
    ids.push(slot.id);
    if (maxCost !== undefined) cost += costByHand(state, slot.id, maxCost.deletes);
  }
  return { ids, examined, cost, next: null };
}

/** See `MachineView`. A job of more dependents than an entry may tell is not deleted, which costs little. */
export function costByHand({ aside, jobs }: MachineState, id: JobId, deletes: boolean): number {
  const waitsFor = jobs.view(id)?.rare?.dependencies?.length ?? 0;
  const told = deletes ? aside.flows.costOfTelling(id, maxToldPerEntry) : 0;
  return 1 + Math.floor(waitsFor / 10) + (told > maxToldPerEntry ? 0 : told);
}

function startingAt(state: MachineState, { sequence, id }: ScanPlace): Iterable<SlotView> {
  const known = state.jobs.view(id);
  if (known?.sequence === sequence) return state.jobs.viewsFrom(known);
  return state.jobs.viewsAt(sequence);
}
