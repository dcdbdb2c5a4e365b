import { assert } from "../base/assert.ts";
import { JobId, LogTimeMs } from "../base/brands.ts";
import { hashOfId, IdTable } from "./idTable.ts";
import { JobRows, none, placeOf } from "./jobRows.ts";
import { JobSlabs, maxPacked, noBytes, ownBytes } from "./jobSlabs.ts";
import type { QueueState } from "./queueState.ts";
import { JobSlot, levelOf, type SlotView, type Standing } from "./slot.ts";

/**
 * All known jobs by id, and linked in the order of enqueueing so that a page can begin at any of them.
 *
 * A job that only waits may be **at rest**: it has a row and a place in a slab, and no object, so that a million of them
 * cost a tenth of the memory and nothing in garbage collection. It comes to rest once a checkpoint has it (`settle`), and
 * whoever asks for it by `get` or `wake` has its object again from then on. Who only wants to look (`view`, `views`) gets
 * one that is of no lasting use. Whether a job is at rest, and which row it has, is no part of the state.
 */
export class JobTable {
  readonly #rows = new JobRows();
  readonly #ids = new IdTable();
  readonly #slabs = new JobSlabs((row, slab, at) => {
    const page = this.#rows.page(row);
    page.slab[placeOf(row)] = slab;
    page.slabAt[placeOf(row)] = at;
  });
  readonly #queueOf: (name: string) => QueueState;
  readonly #seed: number;
  #oldest = none;
  #newest = none;
  #size = 0;
  #atRest = 0;

  /** `queueOf`: of a queue that has a job. `seed`: any number of 32 bits that callers cannot know; see `hashOfId`. */
  constructor(queueOf: (name: string) => QueueState, seed: number) {
    this.#queueOf = queueOf;
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  get atRest(): number {
    return this.#atRest;
  }

  get(id: JobId): JobSlot | undefined {
    const row = this.#rowOf(id);
    return row === none ? undefined : this.wake(row);
  }

  has(id: JobId): boolean {
    return this.#rowOf(id) !== none;
  }

  /** To look at only, as long as nothing changes. */
  view(id: JobId): SlotView | undefined {
    const row = this.#rowOf(id);
    return row === none ? undefined : this.#look(row);
  }

  /** Likewise, in the order of enqueueing, from the oldest or the one after `after`. */
  views(after: SlotView | null): Iterable<SlotView> {
    return this.#viewsFrom(after === null ? this.#oldest : this.newer(after.row));
  }

  /** As `views`, from `first` itself. */
  viewsFrom(first: SlotView): Iterable<SlotView> {
    return this.#viewsFrom(first.row);
  }

  /** As `views`, from the first job at or after a place in the order, which is looked for from both ends. */
  viewsAt(sequence: number): Iterable<SlotView> {
    let [low, high] = [this.#oldest, this.#newest];
    let above = none;
    while (low !== none && high !== none) {
      if (this.sequenceAt(low) >= sequence) return this.#viewsFrom(low);
      if (this.sequenceAt(high) < sequence) return this.#viewsFrom(above);
      above = high;
      low = this.newer(low);
      high = this.#rows.page(high).older[placeOf(high)] ?? none;
    }
    return [];
  }

  /** For a slot whose id is not known and whose sequence is above that of all others. */
  add(slot: JobSlot): void {
    this.hold(slot);
    const { row } = slot;
    this.#ids.add(row, this.#rows.page(row).hash[placeOf(row)] ?? 0);
    this.#link(row);
  }

  /** Gives the slot its row; it is known only once it is enlisted. */
  hold(slot: JobSlot): void {
    const row = this.#rows.take();
    const page = this.#rows.page(row);
    const at = placeOf(row);
    page.kept[at] = slot;
    page.hash[at] = hashOfId(slot.id, this.#seed);
    page.sequence[at] = slot.sequence;
    page.readyOrder[at] = slot.readyOrder;
    slot.jobs = this;
    slot.row = row;
  }

  /** Makes known what `hold` took, whose sequence is above that of all others. False when another has its id. */
  enlistNew(row: number): boolean {
    const hash = this.#rows.page(row).hash[placeOf(row)] ?? 0;
    if (!this.#ids.addNew(row, hash, (other) => this.#look(other).id === this.#look(row).id)) return false;
    this.#link(row);
    return true;
  }

  /** The slot is of no use afterwards. */
  remove(slot: JobSlot): void {
    const { row } = slot;
    const page = this.#rows.page(row);
    const at = placeOf(row);
    assert(page.kept[at] === slot, "a job at rest is woken before it is changed");
    const [older, newer] = [page.older[at] ?? none, page.newer[at] ?? none];
    if (older === none) this.#oldest = newer;
    else this.#rows.page(older).newer[placeOf(older)] = newer;
    if (newer === none) this.#newest = older;
    else this.#rows.page(newer).older[placeOf(newer)] = older;
    this.#ids.remove(row, page.hash[at] ?? 0);
    const slab = page.slab[at] ?? null;
    if (slab !== null) this.#slabs.free(row, slab, page.slabAt[at] ?? 0);
    this.#rows.give(row);
    this.#size -= 1;
    slot.row = none;
  }

  /**
   * A checkpoint has the job as it is. Its payload, which may be a window on a large message, is packed; if it only waits,
   * it comes to rest, and the slot is of no use afterwards.
   */
  settle(slot: JobSlot): void {
    if (slot.unpacked !== null) this.#pack(slot, slot.unpacked);
    if (!slot.onlyWaits || slot.unpacked !== null) return;
    const { row } = slot;
    const page = this.#rows.page(row);
    const at = placeOf(row);
    if (page.slab[at]?.hasId(page.slabAt[at] ?? 0) !== true) return;
    page.readyOrder[at] = slot.readyOrder;
    page.enqueuedAt[at] = slot.enqueuedAt;
    page.kept[at] = slot.template;
    slot.row = none;
    this.#atRest += 1;
  }

  isAwake(row: number): boolean {
    return this.#rows.page(row).kept[placeOf(row)] instanceof JobSlot;
  }

  /** The job of a row, which has an object of its own from now on. */
  wake(row: number): JobSlot {
    const slot = this.#look(row);
    const page = this.#rows.page(row);
    if (page.kept[placeOf(row)] === slot) return slot;
    page.kept[placeOf(row)] = slot;
    this.#atRest -= 1;
    return slot;
  }

  /** Of a job that is packed. */
  payloadAt(row: number): Uint8Array {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    return page.slab[at]?.payload(page.slabAt[at] ?? 0) ?? noBytes;
  }

  payloadLengthAt(row: number): number {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    return page.slab[at]?.payloadLength(page.slabAt[at] ?? 0) ?? 0;
  }

  sequenceAt(row: number): number {
    return this.#rows.page(row).sequence[placeOf(row)] ?? 0;
  }

  /** Of a job at rest, and of one in a ready lane. */
  readyOrderAt(row: number): number {
    return this.#rows.page(row).readyOrder[placeOf(row)] ?? 0;
  }

  setReadyOrderAt(row: number, order: number): void {
    this.#rows.page(row).readyOrder[placeOf(row)] = order;
  }

  newer(row: number): number {
    return this.#rows.page(row).newer[placeOf(row)] ?? none;
  }

  /** Neighbours in a ready lane, which keeps them. */
  laneNext(row: number): number {
    return this.#rows.page(row).laneNext[placeOf(row)] ?? none;
  }

  lanePrevious(row: number): number {
    return this.#rows.page(row).lanePrevious[placeOf(row)] ?? none;
  }

  setLaneNext(row: number, next: number): void {
    this.#rows.page(row).laneNext[placeOf(row)] = next;
  }

  setLanePrevious(row: number, previous: number): void {
    this.#rows.page(row).lanePrevious[placeOf(row)] = previous;
  }

  /** Where a ready job stands. */
  standing(row: number): Standing {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    const kept = page.kept[at];
    assert(kept !== null && kept !== undefined, "a row is in use");
    const template = kept instanceof JobSlot ? kept.template : kept;
    return {
      jobs: this,
      row,
      readyOrder: page.readyOrder[at] ?? 0,
      queue: this.#queueOf(template.queue),
      template,
      level: levelOf(template),
    };
  }

  /** The job's own object, or one that is made for the look. */
  look(row: number): SlotView {
    return this.#look(row);
  }

  #link(row: number): void {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    page.older[at] = this.#newest;
    page.newer[at] = none;
    if (this.#newest === none) this.#oldest = row;
    else this.#rows.page(this.#newest).newer[placeOf(this.#newest)] = row;
    this.#newest = row;
    this.#size += 1;
  }

  *#viewsFrom(first: number): Iterable<SlotView> {
    for (let row = first; row !== none; row = this.newer(row)) yield this.#look(row);
  }

  #look(row: number): JobSlot {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    const kept = page.kept[at];
    if (kept instanceof JobSlot) return kept;
    const slab = page.slab[at];
    assert(kept !== null && kept !== undefined && slab !== null && slab !== undefined, "a row is in use");
    const id = JobId(slab.id(page.slabAt[at] ?? 0));
    const enqueuedAt = LogTimeMs(page.enqueuedAt[at] ?? 0);
    const queue = this.#queueOf(kept.queue);
    const slot = new JobSlot({
      id,
      template: kept,
      own: null,
      queue,
      sequence: page.sequence[at] ?? 0,
      enqueuedAt,
    });
    slot.wakeAs(this, row, page.readyOrder[at] ?? 0);
    return slot;
  }

  #pack(slot: JobSlot, payload: Uint8Array): void {
    if (payload.length > maxPacked) {
      slot.unpacked = ownBytes(payload);
      return;
    }
    this.#slabs.add(slot.row, slot.id, payload);
    slot.unpacked = null;
  }

  #rowOf(id: JobId): number {
    return this.#ids.find(hashOfId(id, this.#seed), (row) => this.#isId(row, id));
  }

  #isId(row: number, id: JobId): boolean {
    const page = this.#rows.page(row);
    const at = placeOf(row);
    const kept = page.kept[at];
    if (kept instanceof JobSlot) return kept.id === id;
    return page.slab[at]?.isId(page.slabAt[at] ?? 0, id) ?? false;
  }
}
