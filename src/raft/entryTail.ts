import { assert } from "../base/assert.ts";
import { LogIndex } from "../base/brands.ts";
import type { Entry } from "./types.ts";

/** Freed slots are reclaimed in bulk, so that dropping from the front costs nothing per entry. */
const reclaimAfter = 1024;

/**
 * The end of the log that is held in memory: consecutive entries, pushed and cut at the back, dropped at the
 * front. Entries that nobody here needs any more ("spare") stay as a cache for followers that lag a little.
 */
export class EntryTail {
  readonly #slots: (Entry | undefined)[];
  readonly #cacheBytes: number;
  #head = 0;
  #first: LogIndex;
  #spareThrough: LogIndex;
  #spareBytes = 0;

  constructor(first: LogIndex, entries: readonly Entry[], cacheBytes: number) {
    this.#first = first;
    this.#spareThrough = LogIndex(first - 1);
    this.#slots = [...entries];
    this.#cacheBytes = cacheBytes;
  }

  /** The lowest index in memory; one past the end of the log when nothing is. */
  get first(): LogIndex {
    return this.#first;
  }

  push(entry: Entry): void {
    this.#slots.push(entry);
  }

  cutFrom(index: LogIndex): void {
    assert(index > this.#spareThrough, `entry ${index} is spare, so it is committed and cannot be cut`);
    this.#slots.length = this.#head + (index - this.#first);
  }

  /** References to the entries `from..through`, cut off after `maxBytes` of data; at least one comes. */
  slice(from: LogIndex, through: LogIndex, maxBytes: number): readonly Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = from; index <= through; index = LogIndex(index + 1)) {
      const entry = this.#at(index);
      bytes += entry.data.length;
      if (bytes > maxBytes && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Entries through `index` are applied and on disk: keep the newest of them up to the cache's size. */
  spare(index: LogIndex): void {
    while (this.#spareThrough < index) {
      this.#spareThrough = LogIndex(this.#spareThrough + 1);
      this.#spareBytes += this.#at(this.#spareThrough).data.length;
    }
    while (this.#spareBytes > this.#cacheBytes) this.#dropFirst();
  }

  /** Drops the entries through `index` whatever the cache has room for: they left the log. */
  dropThrough(index: LogIndex): void {
    if (index >= this.#first) this.spare(index);
    while (this.#first <= index) this.#dropFirst();
  }

  #at(index: LogIndex): Entry {
    const entry = this.#slots[this.#head + (index - this.#first)];
    assert(index >= this.#first && entry !== undefined, `entry ${index} is not in memory`);
    return entry;
  }

  #dropFirst(): void {
    this.#spareBytes -= this.#at(this.#first).data.length;
    this.#slots[this.#head++] = undefined;
    this.#first = LogIndex(this.#first + 1);
    if (this.#head >= reclaimAfter && this.#head * 2 >= this.#slots.length) {
      this.#slots.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
