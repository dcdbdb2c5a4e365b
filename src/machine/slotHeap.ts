import { assert } from "../base/assert.ts";
import type { JobSlot } from "./slot.ts";

/** What a heap can hold; its place there is kept in itself. `sequence` tells apart what has the same key. */
export interface HeapItem {
  heapKey: number | null;
  heapIndex: number;
  readonly sequence: number;
}

/**
 * Binary heap of slots by (key, sequence): a total order, so what comes first depends on the content alone and
 * not on how the heap came about (a restored node agrees with one that replayed the log). Each slot knows its
 * place, and a job is in at most one heap at a time, so removing and re-keying cost O(log n) and leave nothing
 * stale behind (a renewed lease would otherwise leave one dead item per heartbeat).
 */
export class SlotHeap<Item extends HeapItem = JobSlot> {
  readonly #slots: Item[] = [];

  get size(): number {
    return this.#slots.length;
  }

  first(): Item | undefined {
    return this.#slots[0];
  }

  /** Key of the first, or null when empty. */
  firstKey(): number | null {
    return this.#slots[0]?.heapKey ?? null;
  }

  push(slot: Item, key: number): void {
    assert(slot.heapIndex < 0, "a slot is in one heap at a time");
    slot.heapKey = key;
    this.#slots.push(slot);
    this.#siftUp(slot, this.#slots.length - 1);
  }

  remove(slot: Item): void {
    const at = slot.heapIndex;
    assert(this.#slots[at] === slot, "the slot is in this heap");
    slot.heapIndex = -1;
    slot.heapKey = null;
    const last = this.#slots.pop();
    if (last !== undefined && last !== slot) this.#settle(last, at);
  }

  rekey(slot: Item, key: number): void {
    assert(this.#slots[slot.heapIndex] === slot, "the slot is in this heap");
    slot.heapKey = key;
    this.#settle(slot, slot.heapIndex);
  }

  /** The first `limit` slots with a key of at most `through`, in order. O(limit * log n). */
  smallest(limit: number, through: number): Item[] {
    const taken: Item[] = [];
    const keys: number[] = [];
    while (taken.length < limit) {
      const slot = this.#slots[0];
      if (slot === undefined || keyOf(slot) > through) break;
      keys.push(keyOf(slot));
      this.remove(slot);
      taken.push(slot);
    }
    taken.forEach((slot, n) => {
      this.push(slot, keys[n] ?? 0);
    });
    return taken;
  }

  /** A copy: all slots, in no particular order. */
  slots(): readonly Item[] {
    return this.#slots.slice();
  }

  #settle(slot: Item, at: number): void {
    const parent = this.#slots[(at - 1) >> 1];
    if (at > 0 && parent !== undefined && isBefore(slot, parent)) this.#siftUp(slot, at);
    else this.#siftDown(slot, at);
  }

  #siftUp(slot: Item, start: number): void {
    let at = start;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#slots[parentAt];
      if (parent === undefined || !isBefore(slot, parent)) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(slot, at);
  }

  #siftDown(slot: Item, start: number): void {
    const slots = this.#slots;
    let at = start;
    for (let childAt = 2 * at + 1; childAt < slots.length; childAt = 2 * at + 1) {
      let child = slots[childAt];
      const right = childAt + 1 < slots.length ? slots[childAt + 1] : undefined;
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right;
        childAt += 1;
      }
      if (child === undefined || !isBefore(child, slot)) break;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(slot, at);
  }

  #put(slot: Item, at: number): void {
    this.#slots[at] = slot;
    slot.heapIndex = at;
  }
}

function isBefore(a: HeapItem, b: HeapItem): boolean {
  const keyOfA = keyOf(a);
  const keyOfB = keyOf(b);
  return keyOfA < keyOfB || (keyOfA === keyOfB && a.sequence < b.sequence);
}

/** Of a slot that is in a heap. */
function keyOf(slot: HeapItem): number {
  return slot.heapKey ?? 0;
}
