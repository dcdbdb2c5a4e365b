import { setTimeout as rest } from "node:timers/promises";
import { assert } from "../base/assert.ts";
import { type JobId, LogIndex } from "../base/brands.ts";
import type { MachineRecord } from "../machine/types.ts";
import { damaged, reasonOf } from "./damage.ts";
import type { KeyValue, KeyValueStore, WriteBatch } from "./keyValueStore.ts";
import { RecordsDigest } from "./recordsDigest.ts";
import {
  decodeRecordsSum,
  encodeRecordsSum,
  type RecordsSum,
  recordsSumKey,
  sameKey,
} from "./storedValues.ts";
import type { RecordCodec } from "./types.ts";
import type { WriteFuse } from "./writeFuse.ts";

const metaKey: Uint8Array = Buffer.from("m");
const metaName = "";
/**
 * A checkpoint is built in slices of this length, with a rest between: the node's real work, and the other nodes of a
 * small machine, get the core half of the time.
 */
const sliceMs = 2;
const restMs = 2;

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
}

export interface Checkpoint {
  readonly appliedIndex: LogIndex;
  /** Changed records, the one `meta` record among them. Consumed over many turns. */
  readonly records: Iterable<MachineRecord>;
  /** Ids of jobs that are gone. */
  readonly deletes: Iterable<JobId>;
}

/** The machine's records as of the last checkpoint, in LevelDB. */
export class LevelRecords {
  readonly #options: LevelRecordsOptions;
  readonly #stored: RecordsSum | null;
  readonly #digest = new RecordsDigest();
  #appliedIndex: LogIndex;
  #writing: Promise<unknown> | null = null;
  #state: "unloaded" | "ready" | "checkpointing" | "failed" | "closed";

  static async open(options: LevelRecordsOptions): Promise<LevelRecords> {
    const bytes = await options.store.get(recordsSumKey);
    if (bytes !== undefined) return new LevelRecords(options, readSum(options.where, bytes));
    for await (const slice of options.store.scan()) {
      if (slice.length > 0) throw damaged(options.where, "it holds records but not their sum");
    }
    return new LevelRecords(options, null);
  }

  private constructor(options: LevelRecordsOptions, stored: RecordsSum | null) {
    this.#options = options;
    this.#stored = stored;
    this.#appliedIndex = stored?.appliedIndex ?? LogIndex(0);
    this.#state = stored === null ? "ready" : "unloaded";
  }

  /** The index of the last checkpoint, 0 when there is none. */
  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /**
   * All records, once, before the first checkpoint. Rejects with DATA_CORRUPT when a checksum does not hold
   * and, at the end, when a record is missing or too old: use nothing of it before it has ended.
   */
  async *load(): AsyncGenerator<readonly MachineRecord[]> {
    if (this.#stored === null) return;
    assert(this.#state === "unloaded", "records are loaded once");
    for await (const slice of this.#options.store.scan()) {
      const records: MachineRecord[] = [];
      for (const pair of slice) {
        if (!sameKey(pair[0], recordsSumKey)) records.push(this.#read(pair));
      }
      yield records;
    }
    const { count, sum } = this.#digest.at(this.#appliedIndex);
    if (count !== this.#stored.count || sum !== this.#stored.sum) {
      throw damaged(
        this.#options.where,
        `the ${count} records found are not the ${this.#stored.count} of the checkpoint at ${this.#appliedIndex}: ` +
          "some are missing or of an older checkpoint",
      );
    }
    this.#state = "ready";
  }

  /**
   * Writes one checkpoint, atomically and synced. Rejects with DISK_FAILED: the process must end. One at a
   * time, each at or above the one before.
   */
  async checkpoint(checkpoint: Checkpoint): Promise<{ readonly bytes: number; readonly records: number }> {
    this.#options.fuse.check();
    assert(
      this.#state === "ready",
      `a checkpoint needs loaded records and no other under way: ${this.#state}`,
    );
    assert(checkpoint.appliedIndex >= this.#appliedIndex, "checkpoints do not go back");
    this.#state = "checkpointing";
    const writing = this.#write(checkpoint);
    this.#writing = writing;
    try {
      const written = await writing;
      this.#appliedIndex = checkpoint.appliedIndex;
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
    await this.#options.store.close();
  }

  async #write({ appliedIndex, records, deletes }: Checkpoint): Promise<{ bytes: number; records: number }> {
    const batch = this.#options.store.batch();
    try {
      const written = await this.#fill(batch, appliedIndex, records, deletes);
      await this.#options.whenDurable(appliedIndex);
      await this.#options.fuse.guard(this.#options.where, () => batch.commit());
      return written;
    } catch (error) {
      await batch.discard();
      throw error;
    }
  }

  async #fill(
    batch: WriteBatch,
    appliedIndex: LogIndex,
    records: Iterable<MachineRecord>,
    deletes: Iterable<JobId>,
  ): Promise<{ bytes: number; records: number }> {
    const pause = new Pause();
    let bytes = 0;
    let count = 0;
    let metas = 0;
    // First, so that a job deleted and enqueued again under its id is there.
    for (const id of deletes) {
      batch.del(jobKey(id));
      this.#digest.delete(id);
      if (pause.isDue()) await pause.take();
    }
    for (const record of records) {
      const key = keyOf(record);
      const value = this.#options.codec.encode(record);
      batch.put(key, value);
      this.#digest.set(nameOf(record), key, value);
      bytes += key.length + value.length;
      count++;
      if (record.kind === "meta") {
        metas++;
        assert(record.appliedIndex === appliedIndex, "the meta record is of the checkpoint's index");
      }
      if (pause.isDue()) await pause.take();
    }
    assert(metas === 1, "a checkpoint has one meta record");
    batch.put(recordsSumKey, encodeRecordsSum(this.#digest.at(appliedIndex)));
    return { bytes, records: count };
  }

  #read([key, value]: KeyValue): MachineRecord {
    const record = this.#decode(key, value);
    if (!sameKey(key, keyOf(record))) {
      throw damaged(
        this.#options.where,
        `the record under ${printable(key)} is that of ${printable(keyOf(record))}`,
      );
    }
    if (record.kind === "meta" && record.appliedIndex !== this.#appliedIndex) {
      throw damaged(
        this.#options.where,
        `the scalars are as of entry ${record.appliedIndex}, the checkpoint as of ${this.#appliedIndex}`,
      );
    }
    this.#digest.set(nameOf(record), key, value);
    return record;
  }

  #decode(key: Uint8Array, value: Uint8Array): MachineRecord {
    try {
      return this.#options.codec.decode(value);
    } catch (cause) {
      throw damaged(
        this.#options.where,
        `the record under ${printable(key)} is damaged (${reasonOf(cause)})`,
        cause,
      );
    }
  }
}

/** Says when a slice of work has lasted long enough. */
class Pause {
  #since = performance.now();

  isDue(): boolean {
    return performance.now() - this.#since >= sliceMs;
  }

  async take(): Promise<void> {
    await rest(restMs);
    this.#since = performance.now();
  }
}

function keyOf(record: MachineRecord): Uint8Array {
  return record.kind === "meta" ? metaKey : jobKey(record.job.spec.id);
}

/** Shared with the machine's own string, so that the digest's map costs no copy of it. */
function nameOf(record: MachineRecord): string {
  return record.kind === "meta" ? metaName : record.job.spec.id;
}

function jobKey(id: JobId): Uint8Array {
  return Buffer.from(`j${id}`);
}

function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString("latin1"));
}

function readSum(where: string, bytes: Uint8Array): RecordsSum {
  try {
    return decodeRecordsSum(bytes);
  } catch (cause) {
    throw damaged(where, `the sum of the records is damaged (${reasonOf(cause)})`, cause);
  }
}
