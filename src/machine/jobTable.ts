import type { JobId } from "../base/brands.ts";
import type { JobSlot } from "./slot.ts";

/** A power of two. */
const shardCount = 64;

/**
 * All known jobs by id, and linked in the order of enqueueing so that a page can begin at any of them. The map is
 * cut into shards because a Map that outgrows its table is rehashed in one go: measured 126 ms at a million jobs,
 * in which no heartbeat goes out. Which shard holds an id is no part of the state.
 */
export class JobTable {
  readonly #shards: readonly Map<JobId, JobSlot>[] = Array.from({ length: shardCount }, () => new Map());
  #oldest: JobSlot | null = null;
  #newest: JobSlot | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): JobSlot | null {
    return this.#oldest;
  }

  get(id: JobId): JobSlot | undefined {
    return this.#shards[shardOf(id)]?.get(id);
  }

  /** For a slot whose id is not known and whose sequence is above that of all others. */
  add(slot: JobSlot): void {
    this.#shards[shardOf(slot.id)]?.set(slot.id, slot);
    this.#size += 1;
    slot.older = this.#newest;
    if (this.#newest === null) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
  }

  remove(slot: JobSlot): void {
    this.#shards[shardOf(slot.id)]?.delete(slot.id);
    this.#size -= 1;
    if (slot.older === null) this.#oldest = slot.newer;
    else slot.older.newer = slot.newer;
    if (slot.newer === null) this.#newest = slot.older;
    else slot.newer.older = slot.older;
    slot.older = null;
    slot.newer = null;
  }
}

/** By the last two characters: the random end of a UUID, the counting end of a name. */
function shardOf(id: JobId): number {
  const last = id.length - 1;
  return ((id.charCodeAt(last) | 0) * 31 + (id.charCodeAt(last - 1) | 0)) & (shardCount - 1);
}
