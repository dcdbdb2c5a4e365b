import { pageOf } from "./records.ts";
import type { JobSlot } from "./slot.ts";

/** Slots that changed, those of one page together: a checkpoint writes them as one. */
export class DirtyPages {
  readonly #pages = new Map<number, JobSlot[]>();
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Of payloads, results and checkpoints of jobs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For a slot that is not there. */
  add(slot: JobSlot): void {
    const page = pageOf(slot.sequence);
    let slots = this.#pages.get(page);
    if (slots === undefined) {
      slots = [];
      this.#pages.set(page, slots);
    }
    slot.dirtyIndex = slots.length;
    slots.push(slot);
    this.#size += 1;
    slot.dirtyBytes = slot.heldBytes;
    this.#bytes += slot.dirtyBytes;
  }

  /** For one that is there: its place is filled with the last one of its page. */
  remove(slot: JobSlot): void {
    const page = pageOf(slot.sequence);
    const slots = this.#pages.get(page) ?? [];
    const last = slots.pop();
    if (last !== undefined && last !== slot) {
      slots[slot.dirtyIndex] = last;
      last.dirtyIndex = slot.dirtyIndex;
    }
    if (slots.length === 0) this.#pages.delete(page);
    this.#size -= 1;
    this.#bytes -= slot.dirtyBytes;
  }

  /** For one that is there, and has got more. */
  grew(slot: JobSlot, bytes: number): void {
    slot.dirtyBytes += bytes;
    this.#bytes += bytes;
  }

  *slots(): Iterable<JobSlot> {
    for (const slots of this.#pages.values()) yield* slots;
  }
}
