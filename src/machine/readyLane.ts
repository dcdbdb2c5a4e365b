import { none } from "./jobRows.ts";
import type { JobTable } from "./jobTable.ts";
import type { JobSlot, SlotView, Standing } from "./slot.ts";
import { SlotHeap } from "./slotHeap.ts";

/**
 * Ready jobs of one queue and priority, in the order of `readyOrder`. Those that became ready anew stand in a
 * linked list of rows, where most may be at rest (append, take and remove cost O(1) at any depth). Those that come
 * back to an old place wait in a heap beside it: a worker that shuts down gives back thousands in any order, and each would
 * otherwise have to look for its place in the list.
 */
export class ReadyLane {
  /** Of the slots here; null before the first. */
  #jobs: JobTable | null = null;
  #head = none;
  #tail = none;
  #listed = 0;
  readonly #returned = new SlotHeap();

  get size(): number {
    return this.#listed + this.#returned.size;
  }

  /** For a slot whose `readyOrder` is above that of all others here. It may be one that was made for a look. */
  append({ jobs, row, readyOrder }: Standing): void {
    this.#jobs ??= jobs;
    jobs.setReadyOrderAt(row, readyOrder);
    jobs.setLaneNext(row, none);
    jobs.setLanePrevious(row, this.#tail);
    if (this.#tail === none) this.#head = row;
    else jobs.setLaneNext(this.#tail, row);
    this.#tail = row;
    this.#listed += 1;
  }

  /** For a slot that returns to an old place in the order. */
  giveBack(slot: JobSlot): void {
    this.#returned.push(slot, slot.readyOrder);
  }

  /** `readyOrder` of the first one, which need not be woken for it; above all when there is none. */
  get firstOrder(): number {
    const returned = this.#returned.firstKey() ?? Number.MAX_SAFE_INTEGER;
    if (this.#jobs === null || this.#head === none) return returned;
    return Math.min(returned, this.#jobs.readyOrderAt(this.#head));
  }

  first(): JobSlot | null {
    const returned = this.#returned.first() ?? null;
    const jobs = this.#jobs;
    if (jobs === null || this.#head === none) return returned;
    if (returned !== null && returned.readyOrder < jobs.readyOrderAt(this.#head)) return returned;
    return jobs.wake(this.#head);
  }

  remove(slot: JobSlot): void {
    if (slot.heapIndex >= 0) {
      this.#returned.remove(slot);
      return;
    }
    const { jobs, row } = slot;
    const next = jobs.laneNext(row);
    const previous = jobs.lanePrevious(row);
    if (previous === none) this.#head = next;
    else jobs.setLaneNext(previous, next);
    if (next === none) this.#tail = previous;
    else jobs.setLanePrevious(next, previous);
    this.#listed -= 1;
  }

  /** All slots, to look at only, in no particular order. */
  *slots(): Iterable<SlotView> {
    const jobs = this.#jobs;
    if (jobs !== null)
      for (let row = this.#head; row !== none; row = jobs.laneNext(row)) yield jobs.look(row);
    yield* this.#returned.slots();
  }
}
