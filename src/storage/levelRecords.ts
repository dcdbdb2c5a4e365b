import { assert } from "../base/assert.ts";
import { LogIndex } from "../base/brands.ts";
import type { Stretches } from "../base/stretches.ts";
import type { JobPart } from "../codec/jobPart.ts";
import type { MachineRecord } from "../machine/types.ts";
import type { Configuration } from "../raft/types.ts";
import { damaged, unreadable } from "./damage.ts";
import { JobPages } from "./jobPages.ts";
import type { KeyValue, KeyValueStore, KeyValueView, WriteBatch } from "./keyValueStore.ts";
import { Pause } from "./pause.ts";
import { keyOf, printable } from "./recordKeys.ts";
import { RecordsBatch } from "./recordsBatch.ts";
import { RecordsDigest } from "./recordsDigest.ts";
import { StoredJobs } from "./storedJobs.ts";
import {
  decodeRecordsSum,
  encodeRecordsSum,
  type RecordsSum,
  recordsSumKey,
  sameKey,
} from "./storedValues.ts";
import type { RecordCodec } from "./types.ts";
import type { WriteFuse } from "./writeFuse.ts";

export interface LevelRecordsOptions {
  readonly store: KeyValueStore;
  /** Names the database in errors. */
  readonly where: string;
  readonly fuse: WriteFuse;
  readonly codec: RecordCodec;
  /**
   * Awaited before a checkpoint is written: it must not be ahead of the log, which may still be writing what a
   * majority of the others has committed.
   */
  readonly whenDurable: (index: LogIndex) => Promise<void>;
  /** What is thrown in place of an error of `load`. */
  readonly explain?: (error: unknown) => unknown;
}

export interface Checkpoint {
  readonly appliedIndex: LogIndex;
  /** In force at `appliedIndex`. */
  readonly configuration: Configuration;
  /** Changed records, the one `meta` record among them; jobs of one page together. Consumed over many turns. */
  readonly records: Iterable<MachineRecord>;
  /** Sequence numbers of jobs that are gone. */
  readonly deletes: Iterable<number>;
  readonly sideDeletes?: Iterable<string>;
  /** Is told how long it keeps the event loop, from now until the promise resolves. */
  readonly stretches?: Stretches;
}

interface Written {
  readonly stored: RecordsSum;
  readonly bytes: number;
  readonly records: number;
}

/**
 * The machine's records as of the last checkpoint, in LevelDB. When a snapshot is installed they go on in another
 * database, under the same object.
 */
export class LevelRecords {
  readonly #options: LevelRecordsOptions;
  #store: KeyValueStore;
  #where: string;
  /** Of the last checkpoint on disk. */
  #stored: RecordsSum | null;
  #digest = new RecordsDigest();
  #pages = new JobPages();
  #writing: Promise<unknown> | null = null;
  #state: "unloaded" | "ready" | "checkpointing" | "failed" | "closed";

  static async open(options: LevelRecordsOptions): Promise<LevelRecords> {
    const { store, where } = options;
    return new LevelRecords(options, await readStoredSum(store, where));
  }

  private constructor(options: LevelRecordsOptions, stored: RecordsSum | null) {
    this.#options = options;
    this.#store = options.store;
    this.#where = options.where;
    this.#stored = stored;
    this.#state = stored === null ? "ready" : "unloaded";
  }

  /** The index of the last checkpoint, 0 when there is none. */
  get appliedIndex(): LogIndex {
    return this.#stored?.appliedIndex ?? LogIndex(0);
  }

  /** In force at the last checkpoint; null for the founding one. */
  get configuration(): Configuration | null {
    return this.#stored?.configuration ?? null;
  }

  /** Of all keys and values, about, once they are loaded. */
  get bytes(): number {
    return this.#digest.bytes;
  }

  /** Whether all records were read once, and found to be whole. */
  get isLoaded(): boolean {
    return this.#stored !== null && (this.#state === "ready" || this.#state === "checkpointing");
  }

  /** The records as they are now, which is as of the last checkpoint, and its sum. The caller closes the view. */
  async view(): Promise<{ readonly view: KeyValueView; readonly stored: RecordsSum | null }> {
    // One state for both: a checkpoint may be on disk before its end is known here.
    const view = this.#store.view();
    try {
      const bytes = await view.get(recordsSumKey);
      return { view, stored: bytes === undefined ? null : readSum(this.#where, bytes) };
    } catch (error) {
      await view.close();
      throw error;
    }
  }

  /**
   * Goes on with the records in `store`, which is whole and verified, and closes the database before it. They can be
   * loaded once. No checkpoint may be under way.
   */
  async replace(store: KeyValueStore, where: string): Promise<void> {
    assert(this.#state === "ready" || this.#state === "unloaded", `no records to replace: ${this.#state}`);
    const stored = await readStoredSum(store, where);
    const before = this.#store;
    this.#store = store;
    this.#where = where;
    this.#stored = stored;
    this.#digest = new RecordsDigest();
    this.#pages = new JobPages();
    this.#state = stored === null ? "ready" : "unloaded";
    await before.close();
  }

  /**
   * All records, once, before the first checkpoint. Rejects with DATA_CORRUPT when a checksum does not hold
   * and, at the end, when a record is missing or too old: use nothing of it before it has ended.
   */
  async *load(): AsyncGenerator<readonly MachineRecord[]> {
    try {
      yield* this.#load();
    } catch (error) {
      throw this.#options.explain?.(error) ?? error;
    }
  }

  /**
   * Writes one checkpoint, atomically and synced. Rejects with DISK_FAILED: the process must end. One at a
   * time, each at or above the one before.
   */
  async checkpoint(checkpoint: Checkpoint): Promise<Omit<Written, "stored">> {
    this.#options.fuse.check();
    assert(
      this.#state === "ready",
      `a checkpoint needs loaded records and no other under way: ${this.#state}`,
    );
    assert(checkpoint.appliedIndex >= this.appliedIndex, "checkpoints do not go back");
    this.#state = "checkpointing";
    const writing = this.#write(checkpoint);
    this.#writing = writing;
    try {
      const { stored, ...written } = await writing;
      this.#stored = stored;
      this.#state = "ready";
      return written;
    } catch (error) {
      // The digest may hold changes that the disk does not: no other checkpoint can follow.
      this.#state = "failed";
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    // Its owner hears of a failure; here only its end matters.
    await Promise.allSettled([this.#writing]);
    this.#state = "closed";
    await this.#store.close();
  }

  async *#load(): AsyncGenerator<readonly MachineRecord[]> {
    const stored = this.#stored;
    if (stored === null) return;
    assert(this.#state === "unloaded", "records are loaded once");
    const jobs = new StoredJobs();
    for await (const slice of this.#store.scan()) {
      const records: MachineRecord[] = [];
      for (const pair of slice) {
        if (sameKey(pair[0], recordsSumKey)) continue;
        for (const record of jobs.take(this.#read(pair, stored.appliedIndex))) records.push(record);
      }
      yield records;
    }
    yield [...jobs.end()];
    const { count, sum } = this.#digest.total;
    if (count !== stored.count || sum !== stored.sum) {
      throw damaged(
        this.#where,
        `the ${count} records found are not the ${stored.count} of the checkpoint at ${stored.appliedIndex}: ` +
          "some are missing or of an older checkpoint",
      );
    }
    this.#state = "ready";
  }

  async #write(checkpoint: Checkpoint): Promise<Written> {
    const batch = this.#store.batch();
    try {
      const pause = new Pause(checkpoint.stretches);
      const written = await this.#fill(batch, checkpoint, pause);
      const { whenDurable, fuse } = this.#options;
      await pause.during(() => whenDurable(checkpoint.appliedIndex));
      await pause.during(() => fuse.guard(this.#where, () => batch.commit()));
      return written;
    } catch (error) {
      await batch.discard();
      throw error;
    }
  }

  async #fill(batch: WriteBatch, checkpoint: Checkpoint, pause: Pause): Promise<Written> {
    const { appliedIndex, configuration, records, deletes } = checkpoint;
    const { codec } = this.#options;
    const into = new RecordsBatch({
      store: this.#store,
      where: this.#where,
      batch,
      codec,
      pages: this.#pages,
      digest: this.#digest,
      pause,
    });
    try {
      await into.delete(deletes);
      await into.deleteSide(checkpoint.sideDeletes ?? []);
      await into.add(withOneMeta(records, appliedIndex));
      await into.finish();
    } finally {
      await into.close();
    }
    const stored = { appliedIndex, ...this.#digest.total, configuration };
    batch.put(recordsSumKey, encodeRecordsSum(stored));
    return { stored, bytes: into.bytes, records: into.records };
  }

  #read([key, value]: KeyValue, appliedIndex: LogIndex): MachineRecord | JobPart {
    const record = this.#decode(key, value);
    if (!sameKey(key, keyOf(record))) {
      throw damaged(this.#where, `the record under ${printable(key)} is that of ${printable(keyOf(record))}`);
    }
    if (record.kind === "meta" && record.appliedIndex !== appliedIndex) {
      throw damaged(
        this.#where,
        `the scalars are as of entry ${record.appliedIndex}, the checkpoint as of ${appliedIndex}`,
      );
    }
    if (record.kind === "part") this.#pages.found(record, value.length);
    else if (record.kind === "job") this.#pages.foundSingle(record.sequence, key);
    this.#digest.set(key, value);
    return record;
  }

  #decode(key: Uint8Array, value: Uint8Array): MachineRecord | JobPart {
    try {
      return this.#options.codec.decode(value);
    } catch (cause) {
      throw unreadable(this.#where, `the record under ${printable(key)}`, cause);
    }
  }
}

function* withOneMeta(records: Iterable<MachineRecord>, appliedIndex: LogIndex): Iterable<MachineRecord> {
  let metas = 0;
  for (const record of records) {
    if (record.kind === "meta") {
      metas++;
      assert(record.appliedIndex === appliedIndex, "the meta record is of the checkpoint's index");
    }
    yield record;
  }
  assert(metas === 1, "a checkpoint has one meta record");
}

/** Null when there is no checkpoint yet. */
async function readStoredSum(store: KeyValueStore, where: string): Promise<RecordsSum | null> {
  const bytes = await store.get(recordsSumKey);
  if (bytes !== undefined) return readSum(where, bytes);
  for await (const slice of store.scan()) {
    if (slice.length > 0) throw damaged(where, "it holds records but not their sum");
  }
  return null;
}

function readSum(where: string, bytes: Uint8Array): RecordsSum {
  try {
    return decodeRecordsSum(bytes);
  } catch (cause) {
    throw unreadable(where, "the sum of the records", cause);
  }
}
