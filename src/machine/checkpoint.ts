import { assert } from "../base/assert.ts";
import type { LogIndex } from "../base/brands.ts";
import { DirtyPages } from "./dirtyPages.ts";
import { ownBytes } from "./jobSlabs.ts";
import type { JobTable } from "./jobTable.ts";
import type { SideCut, SideTable } from "./sideTable.ts";
import { type JobSlot, recordOf } from "./slot.ts";
import type { JobRecord, MachineRecord, MetaRecord } from "./types.ts";
import type { CheckpointCut } from "./view.ts";

/** `dirtyEpoch` of a slot that is as the record store has it, and of one that was purged. */
const clean = 0;
const gone = -1;

/**
 * Knows what changed since the last cut, and keeps a cut as it was while the machine goes on (copy on write).
 *
 * Epochs tell it all: a slot's `dirtyEpoch` is the epoch in which it last became dirty. A cut takes the dirty
 * slots of the present epoch as they are, in O(1) whatever there are of them, and begins the next epoch. Whoever is about to change a slot
 * calls `touch` first: a slot of the cut's epoch that was not yet read leaves its pre-image with the cut.
 */
export class CheckpointTracker {
  readonly #jobs: JobTable;
  #epoch = 1;
  #dirty = new DirtyPages();
  /** Sequence numbers of jobs that are stored and gone. */
  #deletes = new Set<number>();
  #cut: Cut | null = null;

  /** Jobs that live to see a checkpoint settle there; most do not, and cost no copy of their payload. */
  constructor(jobs: JobTable) {
    this.#jobs = jobs;
  }

  /** Records and deletes that the next cut would have. */
  get pending(): number {
    return this.#dirty.size + this.#deletes.size;
  }

  /** Of payloads, results and checkpoints that the next cut would have. */
  get pendingBytes(): number {
    return this.#dirty.bytes;
  }

  /** A cut was begun and has not ended. */
  get underWay(): boolean {
    return this.#cut !== null;
  }

  /** Call before each change of a slot. */
  touch(slot: JobSlot): void {
    if (slot.dirtyEpoch === this.#epoch) return;
    this.#cut?.preserve(slot);
    this.#markDirty(slot);
  }

  /** After a change by which a touched slot holds more bytes. */
  grew(slot: JobSlot, bytes: number): void {
    this.#dirty.grew(slot, bytes);
  }

  /** A new job. */
  added(slot: JobSlot): void {
    this.#markDirty(slot);
  }

  /** A job is purged. One that no checkpoint has seen leaves no trace. */
  removed(slot: JobSlot): void {
    if (slot.dirtyEpoch === this.#epoch) this.#dirty.remove(slot);
    else this.#cut?.preserve(slot);
    slot.dirtyEpoch = gone;
    if (slot.stored) this.#deletes.add(slot.sequence);
  }

  begin(meta: MetaRecord, side: SideTable): CheckpointCut {
    assert(this.#cut === null, "one checkpoint at a time: end the last one with done() or abandon()");
    const deletes = this.#deletes;
    const cut = new Cut(meta, this.#dirty, deletes, side.begin(), this.#epoch, this.#jobs, (durable) => {
      this.#cut = null;
      side.end(durable);
      if (!durable) this.#takeBack(cut);
    });
    this.#cut = cut;
    this.#dirty = new DirtyPages();
    this.#deletes = new Set();
    this.#epoch += 1;
    return cut;
  }

  /** What a failed cut held is dirty again, as it is now. */
  #takeBack(cut: Cut): void {
    for (const sequence of cut.deletes) this.#deletes.add(sequence);
    for (const slot of cut.dirty.slots()) {
      // It may have come to rest, and have another object or be gone by now.
      const now = slot.dirtyEpoch === gone ? undefined : this.#jobs.get(slot.id);
      if (now?.sequence === slot.sequence && now.dirtyEpoch !== this.#epoch) this.#markDirty(now);
    }
  }

  #markDirty(slot: JobSlot): void {
    slot.dirtyEpoch = this.#epoch;
    this.#dirty.add(slot);
  }
}

class Cut implements CheckpointCut {
  readonly appliedIndex: LogIndex;
  readonly deletes: ReadonlySet<number>;
  readonly sideDeletes: ReadonlySet<string>;
  /** Records that `records` gives, the machine's own one included. */
  readonly size: number;
  readonly dirty: DirtyPages;
  readonly meta: MetaRecord;
  readonly #side: SideCut;
  readonly #epoch: number;
  readonly #jobs: JobTable;
  readonly #end: (durable: boolean) => void;
  readonly #preserved = new Map<JobSlot, JobRecord>();
  #progress: "untouched" | "reading" | "read" | "ended" = "untouched";

  constructor(
    meta: MetaRecord,
    dirty: DirtyPages,
    deletes: ReadonlySet<number>,
    side: SideCut,
    epoch: number,
    jobs: JobTable,
    end: (durable: boolean) => void,
  ) {
    this.appliedIndex = meta.appliedIndex;
    this.meta = meta;
    this.dirty = dirty;
    this.deletes = deletes;
    this.sideDeletes = side.deletes;
    this.size = dirty.size + side.size + 1;
    this.#side = side;
    this.#epoch = epoch;
    this.#jobs = jobs;
    this.#end = end;
  }

  /** Keeps the slot as it is unless it was read already or is not part of the cut. */
  preserve(slot: JobSlot): void {
    if (slot.dirtyEpoch !== this.#epoch) return;
    this.#preserved.set(slot, recordOf(slot));
    // Whether or not the write succeeds, a delete too many does no harm later and one too few would.
    slot.stored = true;
  }

  *records(): Iterable<MachineRecord> {
    assert(this.#progress === "untouched", "a checkpoint's records are consumed once");
    this.#progress = "reading";
    for (const slot of this.dirty.slots()) {
      const preserved = this.#preserved.get(slot);
      if (preserved !== undefined) {
        this.#preserved.delete(slot);
        yield preserved;
        continue;
      }
      // From here on the slot may change without leaving a pre-image.
      slot.dirtyEpoch = clean;
      slot.stored = true;
      const record = recordOf(slot);
      slot.rare?.ownAll();
      if (slot.result !== null) slot.result = ownBytes(slot.result);
      this.#jobs.settle(slot);
      yield record;
    }
    yield* this.#side.records();
    this.#progress = "read";
    yield this.meta;
  }

  done(): void {
    assert(this.#progress === "read", "a checkpoint is durable only after all its records were consumed");
    this.#progress = "ended";
    this.#end(true);
  }

  abandon(): void {
    assert(this.#progress !== "ended", "the checkpoint has ended already");
    this.#progress = "ended";
    this.#end(false);
  }
}
