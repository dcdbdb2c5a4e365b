import { LogIndex } from "../../src/base/brands.ts";
import { hash32 } from "../../src/base/random.ts";
import type { Entry } from "../../src/raft/index.ts";

const sums = new WeakMap<Entry, number>();

/** What a machine's state is after `entry`, if it was `state` before: equal states stem from equal histories. */
export function stateAfter(state: number, entry: Entry): number {
  let sum = sums.get(entry);
  if (sum === undefined) {
    sum = hash32(`${entry.index}:${entry.term}:${entry.kind}:${entry.data.join()}`);
    sums.set(entry, sum);
  }
  return hash32("", (Math.imul(state, 31) + sum) | 0);
}

/** A replicated machine reduced to its essence: what it has applied, in order. */
export class FakeMachine {
  #appliedIndex: LogIndex;
  #state: number;
  #queue: Entry[] = [];

  constructor(appliedIndex: LogIndex, state: number) {
    this.#appliedIndex = appliedIndex;
    this.#state = state;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  get state(): number {
    return this.#state;
  }

  add(entries: readonly Entry[]): void {
    this.#queue.push(...entries);
  }

  /** Applies what was handed out, through `index`. */
  applyThrough(index: LogIndex): void {
    while ((this.#queue[0]?.index ?? Number.POSITIVE_INFINITY) <= index) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      if (entry.index !== this.#appliedIndex + 1)
        throw new Error(`entry ${entry.index} is applied out of turn`);
      this.#state = stateAfter(this.#state, entry);
      this.#appliedIndex = LogIndex(entry.index);
    }
  }

  /** A snapshot takes the place of all that was applied, and of what was still to be. */
  replaceBy(appliedIndex: LogIndex, state: number): void {
    this.#appliedIndex = appliedIndex;
    this.#state = state;
    this.#queue = [];
  }
}
