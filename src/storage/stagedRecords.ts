import { rm } from "node:fs/promises";
import { ConclaveError } from "../base/errors.ts";
import type { SnapshotHeader } from "../codec/snapshot.ts";
import { pairOverheadBytes, RangeChecksum, type RecordPair } from "../codec/snapshotPairs.ts";
import type { MachineRecord } from "../machine/types.ts";
import { reasonOf, unreadable } from "./damage.ts";
import { type KeyRange, type KeyValueStore, type OpenStore, openLevel } from "./keyValueStore.ts";
import { Pause } from "./pause.ts";
import { keyOf, printable } from "./recordKeys.ts";
import { emptySum, sumWith } from "./recordsDigest.ts";
import { syncFolder } from "./sealedFile.ts";
import { StoredJobs } from "./storedJobs.ts";
import { encodeRecordsSum, recordsSumKey, sameKey } from "./storedValues.ts";
import type { RecordCodec } from "./types.ts";
import type { WriteFuse } from "./writeFuse.ts";

/** Two of it may be in memory, beside those of the log and of the records in force. */
const writeBufferBytes = 8 * 1024 * 1024;

/** Records that are there already, perhaps of another snapshot. */
export interface Offer {
  readonly throughKey: Uint8Array;
  /** See `RangeChecksum`. */
  readonly checksum: number;
  /** Of keys and values. */
  readonly bytes: number;
}

export interface StagedRecordsOptions {
  readonly path: string;
  readonly fuse: WriteFuse;
  readonly codec: RecordCodec;
  readonly openStore?: OpenStore | undefined;
}

/**
 * Records of a snapshot on its way in, in a database of their own. Nothing in it is trusted, so nothing needs to be
 * synced: what a crash has left is offered to the sender by its checksum, and at the end all of it is verified.
 */
export class StagedRecords {
  readonly #options: StagedRecordsOptions;
  #store: KeyValueStore;

  /** Goes on with what is there; what cannot be read is thrown away. */
  static async open(options: StagedRecordsOptions): Promise<StagedRecords> {
    try {
      return await StagedRecords.#open(options);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await remove(options);
      return StagedRecords.#open(options);
    }
  }

  static async #open(options: StagedRecordsOptions): Promise<StagedRecords> {
    const records = new StagedRecords(options, await openStaging(options));
    try {
      // There when a crash came between completion and installation.
      await records.#write([recordsSumKey], []);
      return records;
    } catch (error) {
      await records.close();
      throw error;
    }
  }

  private constructor(options: StagedRecordsOptions, store: KeyValueStore) {
    this.#options = options;
    this.#store = store;
  }

  /** The records after `afterKey`, about `maxBytes` of them; null when there are none. */
  async offer(afterKey: Uint8Array, maxBytes: number): Promise<Offer | null> {
    const checksum = new RangeChecksum();
    let throughKey: Uint8Array | null = null;
    let bytes = 0;
    scan: for await (const slice of this.#store.scan(beyond(afterKey, null))) {
      for (const pair of slice) {
        const size = pair[0].length + pair[1].length;
        if (throughKey !== null && checksum.bytes + size + pairOverheadBytes > maxBytes) break scan;
        checksum.add(pair);
        throughKey = pair[0];
        bytes += size;
      }
    }
    return throughKey === null ? null : { throughKey, checksum: checksum.value, bytes };
  }

  /** From now on exactly `pairs` are there after `afterKey` through `throughKey` (null: the end). */
  async replace(
    afterKey: Uint8Array,
    throughKey: Uint8Array | null,
    pairs: readonly RecordPair[],
  ): Promise<void> {
    for await (const slice of this.#store.scan(beyond(afterKey, throughKey))) {
      await this.#write(
        slice.map(([key]) => key),
        [],
      );
    }
    await this.#write([], pairs);
  }

  /**
   * Makes all that is there the records of the snapshot, verified and durable, and closes the database. Rejects with
   * DATA_CORRUPT when they are not those that the header sums up, FORMAT_UNSUPPORTED, or DISK_FAILED.
   */
  async seal(header: SnapshotHeader): Promise<void> {
    await this.#verify(header);
    const { index: appliedIndex, count, sum, configuration } = header;
    await this.#write([], [[recordsSumKey, encodeRecordsSum({ appliedIndex, count, sum, configuration })]]);
    await this.#store.close();
    // Writes were not synced, and syncing the last would not do: LevelDB may have begun another file meanwhile.
    await this.#options.fuse.guard(this.#options.path, () => syncFolder(this.#options.path));
  }

  async wipe(): Promise<void> {
    await this.#store.close();
    await remove(this.#options);
    this.#store = await openStaging(this.#options);
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async #verify(header: SnapshotHeader): Promise<void> {
    const pause = new Pause();
    let total = emptySum;
    let metaIndex = 0;
    const jobs = new StoredJobs();
    for await (const slice of this.#store.scan()) {
      for (const [key, value] of slice) {
        const record = this.#decode(key, value);
        if (!sameKey(key, keyOf(record))) throw broken(`the record under ${printable(key)} is another one's`);
        if (record.kind === "meta") metaIndex = record.appliedIndex;
        this.#readJobs(() => jobs.take(record));
        total = sumWith(total, key, value);
        if (pause.isDue()) await pause.take();
      }
    }
    this.#readJobs(() => jobs.end());
    if (total.count !== header.count || total.sum !== header.sum) {
      throw broken(`its ${total.count} records are not the ${header.count} that its header sums up`);
    }
    if (metaIndex !== header.index) {
      throw broken(`its scalars are as of entry ${metaIndex}, its header says ${header.index}`);
    }
  }

  #decode(key: Uint8Array, value: Uint8Array): ReturnType<RecordCodec["decode"]> {
    try {
      return this.#options.codec.decode(value);
    } catch (cause) {
      const error = unreadable(this.#options.path, `the record under ${printable(key)}`, cause);
      throw error.code === "DATA_CORRUPT" ? broken(reasonOf(cause)) : error;
    }
  }

  /** Finds out that each can be read. */
  #readJobs(read: () => Iterable<MachineRecord>): void {
    try {
      for (const _ of read());
    } catch (cause) {
      throw isDamage(cause) ? broken(reasonOf(cause)) : cause;
    }
  }

  async #write(deletes: readonly Uint8Array[], puts: readonly RecordPair[]): Promise<void> {
    const batch = this.#store.batch();
    const pause = new Pause();
    for (const key of deletes) batch.del(key);
    for (const [key, value] of puts) {
      batch.put(key, value);
      if (pause.isDue()) await pause.take();
    }
    await this.#options.fuse.guard(this.#options.path, () => batch.commit("unsynced"));
  }
}

export function isDamage(error: unknown): boolean {
  return error instanceof ConclaveError && error.code === "DATA_CORRUPT";
}

function remove({ path, fuse }: StagedRecordsOptions): Promise<void> {
  return fuse.guard(path, () => rm(path, { recursive: true, force: true }));
}

function openStaging({ path, openStore = openLevel }: StagedRecordsOptions): Promise<KeyValueStore> {
  return openStore(path, true, writeBufferBytes);
}

function beyond(afterKey: Uint8Array, throughKey: Uint8Array | null): KeyRange {
  return {
    ...(afterKey.length === 0 ? {} : { gt: afterKey }),
    ...(throughKey === null ? {} : { lte: throughKey }),
  };
}

function broken(why: string): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `the snapshot that was fetched is damaged: ${why}. It is fetched again`,
  );
}
