import { type JobId, LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import type { SideTable } from "./sideTable.ts";
import type { JobSlot } from "./slot.ts";
import { type HeapItem, SlotHeap } from "./slotHeap.ts";
import type { DedupRecord, JobEnd } from "./types.ts";

/** A key that stays taken beyond its job's end. What is over is ignored, whenever it is removed. */
class Hold implements HeapItem {
  heapKey: number | null = null;
  heapIndex = -1;
  readonly name: string;
  readonly sequence: number;

  constructor(name: string) {
    this.name = name;
    this.sequence = hash32(name);
  }
}

/** Who has a dedup key. */
export interface KeyHolder {
  readonly id: JobId;
  /** False for one that has ended: it may be gone, and its id another job's by now. */
  readonly isActive: boolean;
  /** How it ended, where that is remembered. */
  readonly end?: JobEnd | undefined;
}

/** Which job holds which dedup key: active ones by what they were enqueued with, ended ones for the rest of their window. */
export class DedupKeys {
  readonly #side: SideTable;
  readonly #holders = new Map<string, JobId>();
  /** Keys of active jobs whose window may go on after them. */
  readonly #promised = new Set<string>();
  readonly #holds = new Map<string, Hold>();
  readonly #byEnd = new SlotHeap<Hold>();

  constructor(side: SideTable) {
    this.#side = side;
  }

  /**
   * How many keys windows hold, or will once their jobs have ended. Those are counted whose window is over and that no entry
   * removed yet, and a key twice that was taken anew in the meantime.
   */
  get windows(): number {
    return this.#holds.size + this.#promised.size;
  }

  /** Whether the key counts among `windows`. */
  hasWindow(queue: string, key: string): boolean {
    const name = nameOf(queue, key);
    return this.#promised.has(name) || this.#holds.has(name);
  }

  /** When the first window is over, or null. */
  get firstEnd(): number | null {
    return this.#byEnd.firstKey();
  }

  holder(queue: string, key: string, now: LogTimeMs): KeyHolder | null {
    const name = nameOf(queue, key);
    const active = this.#holders.get(name);
    if (active !== undefined) return { id: active, isActive: true };
    const record = this.#side.get(`d${name}`);
    if (record?.kind !== "dedup" || record.until <= now) return null;
    return { id: record.jobId, isActive: false, end: record.end };
  }

  /** An active job; one that was forced takes no key. */
  take(slot: JobSlot): void {
    const dedup = slot.own?.dedup;
    if (dedup === undefined || !takesKey(slot)) return;
    const name = nameOf(slot.queue.name, dedup.key);
    this.#holders.set(name, slot.id);
    if (dedup.windowMs > 0) this.#promised.add(name);
    else this.#promised.delete(name);
  }

  release(slot: JobSlot): void {
    const dedup = slot.own?.dedup;
    if (dedup === undefined) return;
    const name = nameOf(slot.queue.name, dedup.key);
    if (this.#holders.get(name) !== slot.id) return;
    this.#holders.delete(name);
    this.#promised.delete(name);
  }

  /** The job has ended: its window may not be over. `end`: how, where that is to be remembered. */
  keep(slot: JobSlot, now: LogTimeMs, end?: JobEnd): void {
    const dedup = slot.own?.dedup;
    if (dedup === undefined || !takesKey(slot)) return;
    const until = LogTimeMs(slot.enqueuedAt + dedup.windowMs);
    if (until <= now) return;
    const record: DedupRecord = {
      kind: "dedup",
      queue: slot.queue.name,
      key: dedup.key,
      jobId: slot.id,
      until,
      ...(end !== undefined && { end }),
    };
    this.#side.put(record);
    this.index(record);
  }

  /** Also how a restored one gets into the index. */
  index({ queue, key, until }: DedupRecord): void {
    const name = nameOf(queue, key);
    const hold = this.#holds.get(name) ?? new Hold(name);
    if (this.#holds.has(name)) this.#byEnd.rekey(hold, until);
    else this.#byEnd.push(hold, until);
    this.#holds.set(name, hold);
  }

  /** Frees the key of a job that is forgotten by hand. */
  forget(slot: JobSlot): void {
    const dedup = slot.own?.dedup;
    if (dedup === undefined) return;
    const name = nameOf(slot.queue.name, dedup.key);
    const record = this.#side.get(`d${name}`);
    if (record?.kind === "dedup" && record.jobId === slot.id) this.#drop(name);
  }

  /** Removes at most `limit` whose window is over; returns how many. */
  expire(now: LogTimeMs, limit: number): number {
    for (let expired = 0; expired < limit; expired++) {
      const first = this.#byEnd.first();
      if (first === undefined || (first.heapKey ?? 0) > now) return expired;
      this.#drop(first.name);
    }
    return limit;
  }

  #drop(name: string): void {
    const hold = this.#holds.get(name);
    if (hold !== undefined) this.#byEnd.remove(hold);
    this.#holds.delete(name);
    this.#side.delete(`d${name}`);
  }
}

/** One that is forced takes no key. */
export function takesKey({ own }: Pick<JobSlot, "own">): boolean {
  return own?.dedup !== undefined && own.dedup.mode !== "force";
}

function nameOf(queue: string, key: string): string {
  return `${queue}\0${key}`;
}
