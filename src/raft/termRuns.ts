import { LogIndex, type Term } from "../base/brands.ts";
import type { EntryId } from "./types.ts";

/**
 * The term of every entry of the log, kept as runs of equal terms: a handful of items for millions of
 * entries, so that terms are known even where the entries themselves are only on disk.
 *
 * Invariant: starts ascend strictly in index and in term (terms never go down along a log).
 */
export class TermRuns {
  #starts: EntryId[];

  constructor(starts: readonly EntryId[]) {
    this.#starts = [...starts];
  }

  /** The term in force at `index`; undefined before the first run. The caller knows where the log ends. */
  termAt(index: LogIndex): Term | undefined {
    return this.#starts[this.#runAt(index)]?.term;
  }

  /** Appends an entry's term; only the first entry of a run leaves a trace. */
  extend(index: LogIndex, term: Term): void {
    if (this.#starts.at(-1)?.term !== term) this.#starts.push({ index, term });
  }

  cutFrom(index: LogIndex): void {
    this.#starts.length = this.#runAt(LogIndex(index - 1)) + 1;
  }

  /** Forgets everything through `index`; a run that reaches over it begins just after. `last` ends the log. */
  dropThrough(index: LogIndex, last: LogIndex): void {
    const first = LogIndex(index + 1);
    const spanning = this.#runAt(first);
    const term = this.#starts[spanning]?.term;
    if (term === undefined) return;
    const rest = this.#starts.slice(spanning + 1);
    this.#starts = index < last ? [{ index: first, term }, ...rest] : [];
  }

  /** The last index at or below `through` whose term is at most `term`; undefined when the runs hold none. */
  lastIndexAtMost(term: Term, through: LogIndex): LogIndex | undefined {
    let end = through;
    for (let run = this.#runAt(through); run >= 0; run--) {
      const start = this.#starts[run];
      if (start === undefined) break;
      if (start.term <= term) return end;
      end = LogIndex(start.index - 1);
    }
    return undefined;
  }

  /** Position of the run that holds `index`, -1 before the first. Nearly always the last: look there first. */
  #runAt(index: LogIndex): number {
    let high = this.#starts.length - 1;
    const last = this.#starts[high];
    if (last === undefined || index >= last.index) return high;
    let low = -1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const start = this.#starts[middle];
      if (start !== undefined && start.index <= index) low = middle;
      else high = middle;
    }
    return low;
  }
}
