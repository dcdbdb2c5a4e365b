import type { JobId } from "../base/brands.ts";
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
}

export interface Scanned {
  readonly ids: readonly JobId[];
  readonly examined: number;
  /** Where to go on; null at the end. */
  readonly next: ScanPlace | null;
}

/**
 * Some of the jobs that fit, in the order of enqueueing, within bounds of work. It goes on at a job that was not looked
 * at yet, so that it may be done with the others whatever one likes; should that one be gone, at the next one that is there,
 * which is then looked for from the start.
 */
export function scan(state: MachineState, request: ScanRequest): Scanned {
  const { filter, from, until, maxExamined, maxMatched } = request;
  const ids: JobId[] = [];
  let examined = 0;
  for (const slot of from === null ? state.jobs.views(null) : startingAt(state, from)) {
    if (slot.sequence >= until) break;
    if (examined >= maxExamined || ids.length >= maxMatched) {
      return { ids, examined, next: { sequence: slot.sequence, id: slot.id } };
    }
    examined++;
    if (matches(slot, filter)) ids.push(slot.id);
  }
  return { ids, examined, next: null };
}

function startingAt(state: MachineState, { sequence, id }: ScanPlace): Iterable<SlotView> {
  const known = state.jobs.view(id);
  if (known?.sequence === sequence) return state.jobs.viewsFrom(known);
  for (const slot of state.jobs.views(null)) if (slot.sequence >= sequence) return state.jobs.viewsFrom(slot);
  return [];
}
