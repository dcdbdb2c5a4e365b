import { assert } from "../base/assert.ts";
import { LogIndex } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Stretches } from "../base/stretches.ts";
import { checksumOf, joinFrames, readFrames } from "../codec/frame.ts";
import type { Entry, EntryId, HardState } from "../raft/types.ts";
import { reasonOf } from "./damage.ts";
import type { KeyValueStore, WriteBatch } from "./keyValueStore.ts";
import { Pause } from "./pause.ts";
import { RunIndex } from "./runIndex.ts";
import {
  type Compacted,
  compactedKey,
  encodeCompacted,
  encodeGeneration,
  encodeHardState,
  generationKey,
  hardStateKey,
  runKey,
} from "./storedValues.ts";
import type { DurableBatch } from "./types.ts";

/** A batch with the hard state as of its end. */
type RunBatch = DurableBatch & { readonly hardState: HardState };

interface Installed {
  readonly snapshot: Compacted;
  readonly generation: number;
  readonly hardState: HardState;
}

/** Runs removed in one durable write of a compaction, so that it does not hold up the entries behind it. */
const runsPerCompactionStep = 250;

/**
 * The runs on disk and their index. Each change is one atomic batch, so that a crash leaves the log as it was
 * before or after, never with a hole. The caller sees to it that changes come one after the other.
 */
export class RunStore {
  readonly #store: KeyValueStore;
  readonly #where: string;
  #runs: RunIndex;
  /** While runs are rewritten or removed, index and disk differ: reads wait. */
  #reshaping: Promise<void> | null = null;

  constructor(store: KeyValueStore, where: string, runs: RunIndex) {
    this.#store = store;
    this.#where = where;
    this.#runs = runs;
  }

  get lastEntry(): EntryId {
    return this.#runs.last;
  }

  get compacted(): Compacted {
    return this.#runs.compacted;
  }

  /** See `LevelLog.cutBelow`. */
  cutBelow(index: LogIndex): LogIndex {
    const { compacted, last } = this.#runs;
    if (index <= compacted.index) return compacted.index;
    if (index >= last.index) return last.index;
    const run = this.#runs.find(index);
    return this.#runs.lastOf(run).index === index ? index : this.#runs.before(run).index;
  }

  /** `beforeCut` is awaited before entries are removed from the end; it is told what will be the last. */
  async write(batch: RunBatch, beforeCut: (last: EntryId) => Promise<void>): Promise<void> {
    const { truncateFrom } = batch;
    if (truncateFrom === null || truncateFrom > this.#runs.last.index) return this.#append(batch, [], null);
    return this.#reshape(() => this.#truncate(batch, truncateFrom, beforeCut));
  }

  /** Removes entries through `index` or part of them; call it again until `compacted` is there. */
  async compactSome(index: LogIndex, stretches?: Stretches): Promise<void> {
    assert(index <= this.#runs.last.index, `entry ${index} is in the log that is to be compacted`);
    return this.#reshape(() => this.#dropHead(index, new Pause(stretches)));
  }

  /**
   * Removes all runs: the log begins anew after `snapshot`, and goes with this generation of the records. `beforeCut` as
   * in `write`; the entry it is told is one that both the log before and the log after allow for.
   */
  async install(
    { snapshot, generation, hardState }: Installed,
    beforeCut: (last: EntryId) => Promise<void>,
  ): Promise<void> {
    assert(
      snapshot.index > this.#runs.compacted.index,
      `snapshot ${snapshot.index} is above what is compacted`,
    );
    return this.#reshape(async () => {
      await beforeCut(this.#lastRunEndBelow(snapshot.index));
      const operations = this.#store.batch();
      operations.put(hardStateKey, encodeHardState(hardState));
      operations.put(compactedKey, encodeCompacted(snapshot));
      operations.put(generationKey, encodeGeneration(generation));
      const pause = new Pause();
      for (let run = 0; run < this.#runs.size; run++) {
        operations.del(runKey(this.#runs.first(run)));
        if (pause.isDue()) await pause.take();
      }
      await operations.commit();
      this.#runs = new RunIndex(snapshot);
    });
  }

  /** See `LevelLog.read`. */
  async read(from: LogIndex, through: LogIndex, maxBytes: number): Promise<readonly Entry[]> {
    while (this.#reshaping !== null) await this.#reshaping;
    const { compacted, last } = this.#runs;
    if (from <= compacted.index || from > through || through > last.index) {
      throw new ConclaveError(
        "INVALID_ARGUMENT",
        `entries ${from} to ${through} are not all in the log, which holds ${compacted.index + 1} to ${last.index}`,
      );
    }
    const run = this.#runs.find(from);
    let next = this.#runs.first(run);
    let checksum = this.#runs.previousChecksum(run);
    const found: Entry[] = [];
    let bytes = 0;
    for await (const slice of this.#store.scan({ gte: runKey(next), lte: runKey(through) })) {
      for (const [, value] of slice) {
        const entries = this.#verify(value, next, checksum);
        for (const entry of entries) {
          if (entry.index < from) continue;
          bytes += entry.data.length;
          if (entry.index > through || (found.length > 0 && bytes > maxBytes)) return found;
          found.push(entry);
        }
        const end = lastOf(entries);
        checksum = checksumOf(end);
        next = LogIndex(end.index + 1);
      }
    }
    if (next <= through) throw this.#unreadable(`entry ${next} is missing`);
    return found;
  }

  /** The end of a run, or the compacted entry: its term is known without reading it. */
  #lastRunEndBelow(index: LogIndex): EntryId {
    let run = this.#runs.size - 1;
    while (run >= 0 && this.#runs.lastOf(run).index >= index) run--;
    return run < 0
      ? { index: this.#runs.compacted.index, term: this.#runs.compacted.term }
      : this.#runs.lastOf(run);
  }

  async #reshape(change: () => Promise<void>): Promise<void> {
    this.#reshaping = change();
    try {
      await this.#reshaping;
    } finally {
      this.#reshaping = null;
    }
  }

  async #append(batch: RunBatch, kept: readonly Entry[], cutFrom: number | null): Promise<void> {
    const { hardState, entries } = batch;
    await this.#commit((operations) => {
      operations.put(hardStateKey, encodeHardState(hardState));
      for (let run = cutFrom ?? this.#runs.size; run < this.#runs.size; run++) {
        operations.del(runKey(this.#runs.first(run)));
      }
      for (const part of [kept, entries]) {
        const [first] = part;
        if (first !== undefined) operations.put(runKey(first.index), joinFrames(part));
      }
    });
    if (cutFrom !== null) this.#runs.cutTail(cutFrom);
    for (const part of [kept, entries]) if (part.length > 0) this.#runs.append(part);
  }

  async #truncate(
    batch: RunBatch,
    from: LogIndex,
    beforeCut: (last: EntryId) => Promise<void>,
  ): Promise<void> {
    const run = this.#runs.find(from);
    const kept =
      this.#runs.first(run) < from ? (await this.#load(run)).filter(({ index }) => index < from) : [];
    const { index, term } = kept.at(-1) ?? this.#runs.before(run);
    await beforeCut({ index, term });
    await this.#append(batch, kept, run);
  }

  async #dropHead(index: LogIndex, pause: Pause): Promise<void> {
    const reach = Math.min(this.#runs.size, runsPerCompactionStep) - 1;
    const through = LogIndex(Math.min(index, this.#runs.lastOf(reach).index));
    const run = this.#runs.find(through);
    const end = this.#runs.lastOf(run);
    const isWhole = end.index === through;
    // A run that goes as a whole need not be read.
    const entries = isWhole ? [] : await this.#load(run, pause);
    const rest = entries.filter((entry) => entry.index > through);
    const compacted = isWhole
      ? { ...end, checksum: this.#runs.checksumOf(run) }
      : endOf(entries.slice(0, entries.length - rest.length));
    const fill = (operations: WriteBatch): void => {
      operations.put(compactedKey, encodeCompacted(compacted));
      for (let gone = 0; gone <= run; gone++) operations.del(runKey(this.#runs.first(gone)));
      const [first] = rest;
      if (first !== undefined) operations.put(runKey(first.index), joinFrames(rest));
    };
    await pause.during(() => this.#commit(fill));
    this.#runs.dropHead(rest.length > 0 ? run : run + 1, compacted);
  }

  /** The entries of a run, verified. */
  async #load(run: number, pause = new Pause()): Promise<readonly Entry[]> {
    const first = this.#runs.first(run);
    const value = await pause.during(() => this.#store.get(runKey(first)));
    if (value === undefined) throw this.#unreadable(`the run at entry ${first} is missing`);
    const entries = this.#verify(value, first, this.#runs.previousChecksum(run));
    const end = this.#runs.lastOf(run).index;
    if (lastOf(entries).index !== end)
      throw this.#unreadable(`the run at entry ${first} does not end at ${end}`);
    return entries;
  }

  #verify(value: Uint8Array, first: number, previousChecksum: number): readonly Entry[] {
    let entries: readonly Entry[];
    try {
      entries = readFrames(value, previousChecksum);
    } catch (cause) {
      throw this.#unreadable(reasonOf(cause), cause);
    }
    if (entries[0]?.index !== first) throw this.#unreadable(`entry ${first} is missing`);
    return entries;
  }

  #unreadable(what: string, cause?: unknown): ConclaveError {
    return new ConclaveError(
      "DATA_CORRUPT",
      `${this.#where}: ${what}. It was intact when this node started, so the disk is failing. Stop this node, check ` +
        "the disk, and let the node rejoin the cluster with an empty data directory as a new member",
      { cause },
    );
  }

  async #commit(fill: (operations: WriteBatch) => void): Promise<void> {
    const operations = this.#store.batch();
    fill(operations);
    await operations.commit();
  }
}

function endOf(entries: readonly Entry[]): Compacted {
  const end = lastOf(entries);
  return { index: end.index, term: end.term, checksum: checksumOf(end) };
}

function lastOf(entries: readonly Entry[]): Entry {
  const last = entries.at(-1);
  assert(last !== undefined, "a run holds at least one entry");
  return last;
}
