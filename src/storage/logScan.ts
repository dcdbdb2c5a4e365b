import { LogIndex, Term } from "../base/brands.ts";
import { readFrames } from "../codec/frame.ts";
import type { Entry, EntryId, HardState } from "../raft/types.ts";
import { damaged, unreadable } from "./damage.ts";
import type { KeyValue, KeyValueStore } from "./keyValueStore.ts";
import { LogChain } from "./logChain.ts";
import type { Mark } from "./marker.ts";
import { RunIndex } from "./runIndex.ts";
import type { Compacted } from "./storedValues.ts";
import {
  compactedKey,
  decodeCompacted,
  decodeGeneration,
  decodeHardState,
  generationKey,
  hardStateKey,
  parseRunKey,
  sameKey,
} from "./storedValues.ts";

const nothingCompacted: Compacted = { index: LogIndex(0), term: Term(0), checksum: 0 };
const noHardState: HardState = { currentTerm: Term(0), votedFor: null };

/** What a log holds, every byte of it verified. */
export interface ScannedLog {
  readonly hardState: HardState;
  readonly runs: RunIndex;
  readonly chain: LogChain;
  /** The entries above `keepAbove`. */
  readonly entries: readonly Entry[];
}

/**
 * Reads the whole log and checks each entry's checksum, the chain and that no index is missing: LevelDB drops
 * damaged records from the middle without a word. Yields to the event loop with every slice. `where` names
 * the log in errors. Rejects with DATA_CORRUPT.
 */
export async function scanLog(store: KeyValueStore, where: string, keepAbove: LogIndex): Promise<ScannedLog> {
  const scan = new LogScan(where, keepAbove);
  // In the order of the keys: "c", all "e", "g", "h".
  for await (const slice of store.scan()) {
    for (const pair of slice) scan.take(pair);
  }
  return scan.result();
}

class LogScan {
  readonly #where: string;
  readonly #keepAbove: LogIndex;
  readonly #entries: Entry[] = [];
  #hardState = noHardState;
  #runs = new RunIndex(nothingCompacted);
  #chain = new LogChain(nothingCompacted);

  constructor(where: string, keepAbove: LogIndex) {
    this.#where = where;
    this.#keepAbove = keepAbove;
  }

  take([key, value]: KeyValue): void {
    const first = parseRunKey(key);
    if (first !== null) return this.#takeRun(first, value);
    if (sameKey(key, hardStateKey)) {
      this.#hardState = this.#decode("the hard state", () => decodeHardState(value));
    } else if (sameKey(key, compactedKey)) {
      const compacted = this.#decode("the compaction record", () => decodeCompacted(value));
      this.#runs = new RunIndex(compacted);
      this.#chain = new LogChain(compacted);
    } else if (sameKey(key, generationKey)) {
      this.#decode("the generation of the records", () => decodeGeneration(value));
    } else {
      throw damaged(this.#where, `it holds the unknown key ${Buffer.from(key).toString("hex")}`);
    }
  }

  result(): ScannedLog {
    return { hardState: this.#hardState, runs: this.#runs, chain: this.#chain, entries: this.#entries };
  }

  #takeRun(first: number, value: Uint8Array): void {
    const expected = this.#runs.last.index + 1;
    if (first !== expected) {
      throw damaged(this.#where, `the log goes on at entry ${first} where entry ${expected} should be`);
    }
    const entries = this.#decode(`the run at entry ${first}`, () =>
      readFrames(value, this.#runs.lastChecksum),
    );
    const [start] = entries;
    if (start?.index !== first) {
      throw damaged(this.#where, `the run at entry ${first} holds entry ${start?.index ?? "none"}`);
    }
    this.#runs.append(entries);
    for (const entry of entries) {
      this.#chain.append(entry);
      if (entry.index > this.#keepAbove) this.#entries.push(entry);
    }
  }

  #decode<Value>(what: string, decode: () => Value): Value {
    try {
      return decode();
    } catch (cause) {
      throw unreadable(this.#where, what, cause);
    }
  }
}

/** Throws DATA_CORRUPT when the log holds less than it must: what the marker says, and its own entries' term. */
export function checkAgainstMark(where: string, { hardState, runs, chain }: ScannedLog, mark: Mark): void {
  const { lastEntry } = mark;
  if (runs.last.index < lastEntry.index) {
    throw damaged(
      where,
      `the log ends at entry ${runs.last.index}, but the marker says that entries through ${lastEntry.index} were durable`,
    );
  }
  const found = termAt(runs.compacted, chain.termStarts, lastEntry.index);
  if (found !== null && found !== lastEntry.term) {
    throw damaged(
      where,
      `entry ${lastEntry.index} is of term ${found}, but the marker says that it was durable with term ${lastEntry.term}`,
    );
  }
  const lastTerm = runs.last.term;
  if (hardState.currentTerm < lastTerm) {
    throw damaged(
      where,
      `the log's term is ${hardState.currentTerm} but its last entry is of term ${lastTerm}`,
    );
  }
  const marked = mark.hardState;
  if (hardState.currentTerm < marked.currentTerm) {
    throw damaged(
      where,
      `the log's term is ${hardState.currentTerm}, but the marker says that term ${marked.currentTerm} was durable`,
    );
  }
  if (
    hardState.currentTerm === marked.currentTerm &&
    marked.votedFor !== null &&
    hardState.votedFor !== marked.votedFor
  ) {
    throw damaged(
      where,
      `the log's vote in term ${marked.currentTerm} is ${hardState.votedFor ?? "missing"}, but the marker says ` +
        `that a vote for ${marked.votedFor} was durable`,
    );
  }
}

/** Null when the entry is compacted away and its term no longer known. */
function termAt(compacted: Compacted, termStarts: readonly EntryId[], index: LogIndex): Term | null {
  if (index === compacted.index) return compacted.term;
  return termStarts.findLast((start) => start.index <= index)?.term ?? null;
}
