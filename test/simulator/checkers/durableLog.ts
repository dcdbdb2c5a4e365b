import { Term } from "../../../src/base/brands.ts";
import type { HardState } from "../../../src/raft/types.ts";
import { decodeCompacted, decodeHardState } from "../../../src/storage/storedValues.ts";
import type { Operation } from "../disk/storeModel.ts";

interface Run {
  readonly first: number;
  readonly terms: readonly number[];
}

const runKeyLength = 9;
const noHardState: HardState = { currentTerm: Term(0), votedFor: null };

/**
 * What is synced of one node's log, read from the batches that its disk really took: the truth that acknowledgements
 * are held against. It knows nothing of the code that wrote them but the layout (proto/conclave/v1/log.proto).
 */
export class DurableLog {
  hardState: HardState = noHardState;
  compactedIndex = 0;
  readonly #runs = new Map<string, Run>();
  readonly #terms = new Map<number, number>();
  readonly #base: number;

  /** Entries are counted from `base` on: where the log of a cluster begins that was made of another one's data. */
  constructor(base: number) {
    this.#base = base;
  }

  copy(): DurableLog {
    const copy = new DurableLog(this.#base);
    copy.hardState = this.hardState;
    copy.compactedIndex = this.compactedIndex;
    for (const [key, run] of this.#runs) copy.#runs.set(key, run);
    for (const [index, term] of this.#terms) copy.#terms.set(index, term);
    return copy;
  }

  get lastIndex(): number {
    let last = this.compactedIndex;
    for (const { first, terms } of this.#runs.values()) last = Math.max(last, first + terms.length - 1);
    return last;
  }

  has(index: number, term: number): boolean {
    return index <= this.compactedIndex || this.#terms.get(index) === term;
  }

  termAt(index: number): number | undefined {
    return this.#terms.get(index);
  }

  /** Returns whether a snapshot was put in its place. `fail` hears of what no batch may leave (R8, bug 25). */
  onSynced(operations: readonly Operation[], fail: (violation: string) => void): boolean {
    let isInstall = false;
    for (const operation of operations) {
      const { key } = operation;
      if (key.length === runKeyLength && key.startsWith("e")) this.#onRun(operation);
      else if (operation.type === "put" && key === "h") this.#onHardState(operation.value, fail);
      else if (operation.type === "put" && key === "g") isInstall = true;
      else if (operation.type === "put" && key === "c")
        this.compactedIndex = Math.max(0, decodeCompacted(operation.value).index - this.#base);
    }
    if (operations.some(({ type }) => type === "del")) this.#checkWhole(fail);
    return isInstall;
  }

  /** However a cut is made, a crash may come after any of its batches. */
  #checkWhole(fail: (violation: string) => void): void {
    const last = this.lastIndex;
    for (let index = this.compactedIndex + 1; index < last; index++)
      if (!this.#terms.has(index)) return fail(`the log has a hole at entry ${index} of ${last}`);
  }

  #onHardState(value: Uint8Array, fail: (violation: string) => void): void {
    const before = this.hardState;
    const { currentTerm, votedFor } = decodeHardState(value);
    this.hardState = { currentTerm, votedFor };
    const keepsVote =
      currentTerm > before.currentTerm || before.votedFor === null || before.votedFor === votedFor;
    if (currentTerm < before.currentTerm || !keepsVote)
      fail(`R8: term ${before.currentTerm} and its vote for ${before.votedFor} are written over`);
  }

  #onRun(operation: Operation): void {
    const old = this.#runs.get(operation.key);
    if (old !== undefined) {
      this.#runs.delete(operation.key);
      for (let i = 0; i < old.terms.length; i++) this.#terms.delete(old.first + i);
    }
    if (operation.type === "del") return;
    const run = readRun(operation.value, this.#base);
    this.#runs.set(operation.key, run);
    run.terms.forEach((term, i) => {
      this.#terms.set(run.first + i, term);
    });
  }
}

/** Only what identifies the entries: length at 4, index at 10, term at 18, data from 26. */
function readRun(value: Uint8Array, base: number): Run {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const terms: number[] = [];
  let first = 0;
  for (let at = 0; at < bytes.length; ) {
    if (first === 0) first = bytes.readUIntLE(at + 10, 6) - base;
    // The low half: no run of the simulator has four billion terms.
    terms.push(bytes.readUInt32LE(at + 18));
    at += 26 + bytes.readUInt32LE(at + 4);
  }
  return { first, terms };
}
