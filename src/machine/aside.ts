import { DedupKeys } from "./dedup.ts";
import { EndedBounds } from "./endedBounds.ts";
import { Flows } from "./flows.ts";
import type { RareState } from "./rareState.ts";
import type { SideTable } from "./sideTable.ts";
import type { JobSlot } from "./slot.ts";
import { SlotHeap } from "./slotHeap.ts";
import { deadlineOf } from "./timeouts.ts";

/** Indexes of what few jobs have, beside those of the jobs' states. */
export class Aside {
  /** Jobs with timeouts by what runs out first. */
  readonly deadlines = new SlotHeap<RareState>();
  readonly flows = new Flows();
  readonly dedup: DedupKeys;
  readonly bounds = new EndedBounds();

  constructor(side: SideTable) {
    this.dedup = new DedupKeys(side);
  }

  /** The job is in a state; also how a restored one gets here. */
  enter(slot: JobSlot): void {
    if (this.#isPlain(slot)) return;
    const { state } = slot;
    const active = slot.finishedAt === null;
    if (active && slot.own?.dedup !== undefined) this.dedup.take(slot);
    if (active && slot.template.timeouts !== undefined) this.#enterDeadline(slot);
    if (state === "waiting") this.flows.enter(slot);
    if (state === "completed" || state === "cancelled") this.bounds.add(slot);
  }

  leave(slot: JobSlot): void {
    if (this.#isPlain(slot)) return;
    const { state, rare } = slot;
    if (slot.own?.dedup !== undefined) this.dedup.release(slot);
    if (rare !== null && rare.heapIndex >= 0) this.deadlines.remove(rare);
    if (state === "waiting") this.flows.leave(slot);
    if (state === "completed" || state === "cancelled") this.bounds.remove(slot);
  }

  /** Most jobs are in none of these. */
  #isPlain({ own, rare, template }: JobSlot): boolean {
    return own === null && rare === null && template.timeouts === undefined && this.bounds.isEmpty;
  }

  #enterDeadline(slot: JobSlot): void {
    const deadline = deadlineOf(slot);
    if (deadline !== null) this.deadlines.push(slot.needRare(), deadline.at);
  }
}
