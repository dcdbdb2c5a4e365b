import { assert } from "../base/assert.ts";
import { LogIndex, Term } from "../base/brands.ts";
import { checksumOf } from "../codec/frame.ts";
import type { Entry, EntryId } from "../raft/types.ts";
import type { Compacted } from "./storedValues.ts";

/**
 * Which runs are on disk: consecutive, without a gap, from `compacted` on. In arrays of numbers, 24 bytes a
 * run, since a log that waits for a dead follower has many.
 */
export class RunIndex {
  #compacted: Compacted;
  #last: EntryId;
  #lastChecksum: number;
  readonly #firsts: number[] = [];
  /** Checksum of the entry before the run: what its first entry is chained to. */
  readonly #previousChecksums: number[] = [];
  /** Term of the run's last entry. */
  readonly #lastTerms: number[] = [];

  constructor(compacted: Compacted) {
    this.#compacted = compacted;
    this.#last = { index: compacted.index, term: compacted.term };
    this.#lastChecksum = compacted.checksum;
  }

  get compacted(): Compacted {
    return this.#compacted;
  }

  /** The last entry on disk; `compacted` when there is none above it. */
  get last(): EntryId {
    return this.#last;
  }

  /** Checksum of the last entry: what the next one must be chained to. */
  get lastChecksum(): number {
    return this.#lastChecksum;
  }

  get size(): number {
    return this.#firsts.length;
  }

  first(run: number): LogIndex {
    return LogIndex(at(this.#firsts, run));
  }

  lastOf(run: number): EntryId {
    const next = this.#firsts[run + 1];
    const index = next === undefined ? this.#last.index : LogIndex(next - 1);
    return { index, term: Term(at(this.#lastTerms, run)) };
  }

  /** The entry before the run. */
  before(run: number): EntryId {
    const { index, term } = this.#compacted;
    return run === 0 ? { index, term } : this.lastOf(run - 1);
  }

  previousChecksum(run: number): number {
    return at(this.#previousChecksums, run);
  }

  /** Checksum of the run's last entry. */
  checksumOf(run: number): number {
    return run + 1 < this.size ? this.previousChecksum(run + 1) : this.#lastChecksum;
  }

  /** The run that holds `index`, which must be above `compacted` and at most `last`. */
  find(index: number): number {
    assert(index > this.#compacted.index && index <= this.#last.index, `entry ${index} is in the log`);
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (at(this.#firsts, middle) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Adds a run of at least one entry at the end. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    const last = entries.at(-1);
    assert(first !== undefined && last !== undefined, "a run holds at least one entry");
    assert(first.index === this.#last.index + 1, `entry ${first.index} follows ${this.#last.index}`);
    this.#firsts.push(first.index);
    this.#previousChecksums.push(this.#lastChecksum);
    this.#lastTerms.push(last.term);
    this.#last = { index: last.index, term: last.term };
    this.#lastChecksum = checksumOf(last);
  }

  /** Removes `run` and all after it. */
  cutTail(run: number): void {
    this.#lastChecksum = this.previousChecksum(run);
    this.#last = this.before(run);
    this.#firsts.length = run;
    this.#previousChecksums.length = run;
    this.#lastTerms.length = run;
  }

  /** Removes the runs before `run`; the first that is left now begins after `compacted`. */
  dropHead(run: number, compacted: Compacted): void {
    this.#firsts.splice(0, run);
    this.#previousChecksums.splice(0, run);
    this.#lastTerms.splice(0, run);
    this.#compacted = compacted;
    if (this.#firsts.length === 0) {
      this.#last = { index: compacted.index, term: compacted.term };
      this.#lastChecksum = compacted.checksum;
    } else {
      this.#firsts[0] = compacted.index + 1;
      this.#previousChecksums[0] = compacted.checksum;
    }
  }
}

function at(values: readonly number[], run: number): number {
  const value = values[run];
  assert(value !== undefined, `run ${run} exists`);
  return value;
}
