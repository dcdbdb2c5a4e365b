import type { JobSlot } from "./slot.ts";
import { SlotHeap } from "./slotHeap.ts";

/**
 * Ready jobs of one queue and priority, in the order of `readyOrder`. Those that became ready anew stand in a
 * linked list (append, take and remove cost O(1) at any depth). Those that come back to an old place wait in a
 * heap beside it: a worker that shuts down gives back thousands in any order, and each would otherwise have to
 * look for its place in the list.
 */
export class ReadyLane {
  #head: JobSlot | null = null;
  #tail: JobSlot | null = null;
  #listed = 0;
  readonly #returned = new SlotHeap();

  get size(): number {
    return this.#listed + this.#returned.size;
  }

  /** For a slot whose `readyOrder` is above that of all others here. */
  append(slot: JobSlot): void {
    slot.lanePrevious = this.#tail;
    if (this.#tail === null) this.#head = slot;
    else this.#tail.laneNext = slot;
    this.#tail = slot;
    this.#listed += 1;
  }

  /** For a slot that returns to an old place in the order. */
  giveBack(slot: JobSlot): void {
    this.#returned.push(slot, slot.readyOrder);
  }

  first(): JobSlot | null {
    const returned = this.#returned.first() ?? null;
    if (returned === null || this.#head === null) return returned ?? this.#head;
    return returned.readyOrder < this.#head.readyOrder ? returned : this.#head;
  }

  remove(slot: JobSlot): void {
    if (slot.heapIndex >= 0) {
      this.#returned.remove(slot);
      return;
    }
    if (slot.lanePrevious === null) this.#head = slot.laneNext;
    else slot.lanePrevious.laneNext = slot.laneNext;
    if (slot.laneNext === null) this.#tail = slot.lanePrevious;
    else slot.laneNext.lanePrevious = slot.lanePrevious;
    slot.laneNext = null;
    slot.lanePrevious = null;
    this.#listed -= 1;
  }

  /** All slots, in no particular order. */
  *slots(): Iterable<JobSlot> {
    for (let slot = this.#head; slot !== null; slot = slot.laneNext) yield slot;
    yield* this.#returned.slots();
  }
}
