import { assert } from "../base/assert.ts";
import { LogIndex, type Term } from "../base/brands.ts";
import type { Restored } from "./config.ts";
import { EntryTail } from "./entryTail.ts";
import { TermRuns } from "./termRuns.ts";
import type { Entry, EntryId } from "./types.ts";

/**
 * This server's log (Raft 5.3) as the core sees it:
 *
 *     1 .. compacted | compacted+1 .. firstInMemory-1 | firstInMemory .. lastIndex
 *     gone           | only on disk, terms are known  | in memory
 *
 * Invariant: indexes ascend by one, terms never go down.
 */
export class RaftLog {
  #compacted: EntryId;
  #lastIndex: LogIndex;
  #lastTerm: Term;
  #runs: TermRuns;
  #tail: EntryTail;
  readonly #cacheBytes: number;

  constructor(restored: Restored, cacheBytes: number) {
    const { compacted, appliedIndex, termStarts, entries } = restored;
    assert(appliedIndex >= compacted.index, "restored: applied is below the compacted prefix");
    this.#compacted = compacted;
    this.#cacheBytes = cacheBytes;
    this.#runs = new TermRuns(termStarts);
    this.#lastIndex = appliedIndex;
    this.#lastTerm = this.#termOnDisk(appliedIndex);
    for (const entry of entries) {
      assert(entry.index === this.#lastIndex + 1, `restored: entry ${entry.index} leaves a gap`);
      this.#lastIndex = entry.index;
      this.#lastTerm = this.#termOnDisk(entry.index);
      assert(
        entry.term === this.#lastTerm,
        `restored: the term of entry ${entry.index} is not in termStarts`,
      );
    }
    this.#tail = new EntryTail(LogIndex(appliedIndex + 1), entries, cacheBytes);
  }

  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  get lastTerm(): Term {
    return this.#lastTerm;
  }

  get compacted(): EntryId {
    return this.#compacted;
  }

  /** The lowest index whose entry is in memory; `lastIndex + 1` when none is. */
  get firstInMemory(): LogIndex {
    return this.#tail.first;
  }

  /** The term of the entry at `index`; undefined beyond the log's end and below the compacted entry. */
  termAt(index: LogIndex): Term | undefined {
    if (index === this.#lastIndex) return this.#lastTerm;
    if (index > this.#lastIndex || index < this.#compacted.index) return undefined;
    return index === this.#compacted.index ? this.#compacted.term : this.#runs.termAt(index);
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.#lastIndex + 1, `entry ${entry.index} does not follow ${this.#lastIndex}`);
      assert(entry.term >= this.#lastTerm, `entry ${entry.index}: its term is below the one before it`);
      this.#runs.extend(entry.index, entry.term);
      this.#tail.push(entry);
      this.#lastIndex = entry.index;
      this.#lastTerm = entry.term;
    }
  }

  /** Removes `index` and all after it. The caller has made sure that none of them is committed. */
  truncateFrom(index: LogIndex): void {
    const last = LogIndex(index - 1);
    const term = this.termAt(last);
    assert(term !== undefined && index <= this.#lastIndex, `cannot truncate from ${index}`);
    this.#runs.cutFrom(index);
    this.#tail.cutFrom(index);
    this.#lastIndex = last;
    this.#lastTerm = term;
  }

  /** Entries `from..through`, all in memory, cut off after `maxBytes` of data; at least one comes. */
  slice(from: LogIndex, through: LogIndex, maxBytes: number): readonly Entry[] {
    return this.#tail.slice(from, through, maxBytes);
  }

  /**
   * The last index at or below `through` whose term is at most `term`: where a log with `term` at `through`
   * could still agree with this one. Never below the compacted entry.
   */
  lastIndexAtMost(term: Term, through: LogIndex): LogIndex {
    return this.#runs.lastIndexAtMost(term, through) ?? this.#compacted.index;
  }

  /** Entries through `index` are applied and durable: memory may let go of them. */
  spare(index: LogIndex): void {
    this.#tail.spare(index);
  }

  /** Storage has removed the entries through `index`. */
  compact(index: LogIndex): void {
    if (index <= this.#compacted.index) return;
    const term = this.termAt(index);
    assert(term !== undefined, `cannot compact through ${index}: the log ends at ${this.#lastIndex}`);
    this.#runs.dropThrough(index, this.#lastIndex);
    this.#tail.dropThrough(index);
    this.#compacted = { index, term };
  }

  /** A snapshot replaces the whole log: it now begins after `lastIncluded` (Raft 7). */
  replaceBy(lastIncluded: EntryId): void {
    this.#compacted = { index: lastIncluded.index, term: lastIncluded.term };
    this.#lastIndex = lastIncluded.index;
    this.#lastTerm = lastIncluded.term;
    this.#runs = new TermRuns([]);
    this.#tail = new EntryTail(LogIndex(lastIncluded.index + 1), [], this.#cacheBytes);
  }

  #termOnDisk(index: LogIndex): Term {
    const term = index === this.#compacted.index ? this.#compacted.term : this.#runs.termAt(index);
    assert(term !== undefined, `restored: no term is known for entry ${index}`);
    return term;
  }
}
