import { assert } from "../base/assert.ts";
import { LogIndex } from "../base/brands.ts";
import { checksumOf } from "../codec/frame.ts";
import type { Entry, EntryId } from "../raft/types.ts";
import type { Compacted } from "./storedValues.ts";

const chunkLength = 65_536;

/**
 * The log as staged, which may be ahead of the disk: terms, and the checksum of each entry (4 bytes), since a
 * truncation may make any of them the end that the next entry is chained to.
 */
export class LogChain {
  #compacted: Compacted;
  #last: LogIndex;
  #terms: EntryId[] = [];
  readonly #chunks = new Map<number, Uint32Array>();

  constructor(compacted: Compacted) {
    this.#compacted = compacted;
    this.#last = compacted.index;
  }

  get last(): LogIndex {
    return this.#last;
  }

  /** Where each term begins above the compacted entry. */
  get termStarts(): readonly EntryId[] {
    return [...this.#terms];
  }

  /** Checksum of the last entry: what the next one must be chained to. */
  get checksum(): number {
    return this.#checksumAt(this.#last);
  }

  /** Term and checksum of an entry, or null when it is not (or no longer) known. */
  at(index: LogIndex): Compacted | null {
    if (index === this.#compacted.index) return this.#compacted;
    if (index < this.#compacted.index || index > this.#last) return null;
    const start = this.#terms.findLast((each) => each.index <= index);
    assert(start !== undefined, `the term of entry ${index} is known`);
    return { index, term: start.term, checksum: this.#checksumAt(index) };
  }

  /** Adds a framed entry whose chaining was checked. */
  append(entry: Entry): void {
    assert(entry.index === this.#last + 1, `entry ${entry.index} follows ${this.#last}`);
    const { index, term } = entry;
    if (this.#terms.at(-1)?.term !== term) this.#terms.push({ index, term });
    let chunk = this.#chunks.get(chunkOf(index));
    if (chunk === undefined) {
      chunk = new Uint32Array(chunkLength);
      this.#chunks.set(chunkOf(index), chunk);
    }
    chunk[index % chunkLength] = checksumOf(entry);
    this.#last = index;
  }

  truncateFrom(index: LogIndex): void {
    assert(index > this.#compacted.index, `truncation from ${index} cuts compacted entries`);
    if (index > this.#last) return;
    for (let chunk = chunkOf(this.#last); chunk > chunkOf(index); chunk--) this.#chunks.delete(chunk);
    this.#terms = this.#terms.filter((start) => start.index < index);
    this.#last = LogIndex(index - 1);
  }

  /** The log is nothing but `compacted` from now on. */
  restart(compacted: Compacted): void {
    this.#chunks.clear();
    this.#terms = [];
    this.#compacted = compacted;
    this.#last = compacted.index;
  }

  compact(compacted: Compacted): void {
    for (let chunk = chunkOf(this.#compacted.index); chunk < chunkOf(compacted.index); chunk++) {
      this.#chunks.delete(chunk);
    }
    const first = LogIndex(compacted.index + 1);
    const cut = this.#terms.findLastIndex((start) => start.index <= first);
    const left = this.#terms.slice(Math.max(cut, 0));
    const [start] = left;
    if (start !== undefined && start.index < first) left[0] = { index: first, term: start.term };
    this.#terms = first > this.#last ? [] : left;
    this.#compacted = compacted;
  }

  #checksumAt(index: LogIndex): number {
    if (index === this.#compacted.index) return this.#compacted.checksum;
    const checksum = this.#chunks.get(chunkOf(index))?.[index % chunkLength];
    assert(checksum !== undefined, `the checksum of entry ${index} is known`);
    return checksum;
  }
}

function chunkOf(index: number): number {
  return Math.floor(index / chunkLength);
}
