import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../base/assert.ts";
import { LogIndex } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { isReadable, unsupportedFormat } from "../codec/formats.ts";
import type { SnapshotHeader } from "../codec/snapshot.ts";
import type { Configuration, SnapshotId } from "../raft/types.ts";
import {
  type KeyValueStore,
  type KeyValueView,
  type OpenStore,
  openLevel,
  recordsBufferBytes,
} from "./keyValueStore.ts";
import type { LevelLog } from "./levelLog.ts";
import type { LevelRecords } from "./levelRecords.ts";
import { generationOf, type Paths, recordsFolder } from "./paths.ts";
import { syncDirectory } from "./sealedFile.ts";
import { SnapshotReader } from "./snapshotReader.ts";
import { SnapshotStaging } from "./snapshotStaging.ts";
import { StagedRecords } from "./stagedRecords.ts";
import { recordsFormat } from "./storedValues.ts";
import { Turnstile } from "./turnstile.ts";
import type { Identity, RecordCodec } from "./types.ts";
import type { WriteFuse } from "./writeFuse.ts";

export interface SnapshotsOptions {
  readonly paths: Paths;
  readonly identity: Identity;
  readonly log: LevelLog;
  readonly records: LevelRecords;
  /** Of the records in force. */
  readonly generation: number;
  readonly fuse: WriteFuse;
  readonly codec: RecordCodec;
  readonly openStore?: OpenStore | undefined;
}

/** The data directory's part in snapshots; see `SnapshotStore` of src/node/ports.ts. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #turnstile = new Turnstile();
  readonly #readers = new Set<SnapshotReader>();
  #generation: number;
  #staged: StagedRecords | null = null;
  #staging: SnapshotStaging | null = null;
  #isInstalling = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#generation = options.generation;
  }

  /** Null while there is no checkpoint, before the records were loaded, and while others are being installed. */
  async open(): Promise<SnapshotReader | null> {
    const { log, records } = this.#options;
    while (records.isLoaded && !this.#isInstalling) {
      const { view, stored } = await records.view();
      const entry = stored === null ? null : log.entryAt(stored.appliedIndex);
      if (stored !== null && entry !== null && !this.#isInstalling) {
        const header = this.#header(entry, stored, stored.configuration);
        return this.#reader(header, view);
      }
      await view.close();
      // Unless a later checkpoint and a compaction came between, the log is about to be replaced.
      if (stored === null || log.compacted.index <= stored.appliedIndex) return null;
    }
    return null;
  }

  /** Begins or goes on staging; see `SnapshotStaging`. Rejects with FORMAT_UNSUPPORTED, IDENTITY_MISMATCH. */
  stage(header: SnapshotHeader): Promise<SnapshotStaging> {
    return this.#turnstile.run(async () => {
      this.#checkHeader(header);
      const current = this.#staging;
      if (current !== null && !current.isSuperseded && isSame(current.header, header)) return current;
      // Completed, its database is closed.
      if (current?.isComplete === true) this.#staged = null;
      current?.supersede();
      const { paths, fuse, codec, openStore } = this.#options;
      this.#staged ??= await StagedRecords.open({ path: paths.incoming, fuse, codec, openStore });
      this.#staging = await SnapshotStaging.begin(header, this.#staged, this.#turnstile);
      return this.#staging;
    });
  }

  discard(): Promise<void> {
    return this.#turnstile.run(async () => {
      await this.#endStaging();
      const { paths, fuse } = this.#options;
      await fuse.guard(paths.incoming, () => rm(paths.incoming, { recursive: true, force: true }));
    });
  }

  /**
   * Makes the completed snapshot the records in force and empties the log: whenever the process dies, all of the old or
   * all of the new is there. What decides is one synced write in the log, which names the folder of the records; before
   * it the old one is whole, after it the new one.
   */
  install(snapshot: SnapshotId): Promise<void> {
    return this.#turnstile.run(async () => {
      const staging = this.#staging;
      assert(staging?.isComplete === true, "a snapshot is complete before it is installed");
      const { header } = staging;
      assert(
        header.index === snapshot.index && header.term === snapshot.term,
        `the snapshot that is complete is of entry ${header.index}, not ${snapshot.index}`,
      );
      this.#isInstalling = true;
      try {
        await this.#closeReaders("the records were replaced by a newer snapshot: open it anew");
        await this.#install(header);
      } finally {
        this.#isInstalling = false;
      }
    });
  }

  async close(): Promise<void> {
    await this.#closeReaders("this node is shutting down");
    await this.#turnstile.run(() => this.#endStaging());
  }

  async #install(header: SnapshotHeader): Promise<void> {
    const { paths, fuse, log, records } = this.#options;
    const before = recordsFolder(paths.root, this.#generation);
    const generation = this.#generation + 1;
    const after = recordsFolder(paths.root, generation);
    await this.#endStaging();
    const store = await fuse.guard(after, () => this.#moveIn(after));
    try {
      await log.install(header, generation);
    } catch (error) {
      await store.close();
      throw error;
    }
    this.#generation = generation;
    await records.replace(store, after);
    await fuse.guard(before, () => rm(before, { recursive: true }));
  }

  /** Durable under its new name before the log refers to it. */
  async #moveIn(path: string): Promise<KeyValueStore> {
    const { paths, openStore = openLevel } = this.#options;
    await rename(paths.incoming, path);
    await syncDirectory(paths.root);
    return openStore(path, false, recordsBufferBytes);
  }

  async #endStaging(): Promise<void> {
    this.#staging?.supersede();
    this.#staging = null;
    const staged = this.#staged;
    this.#staged = null;
    await staged?.close();
  }

  #reader(header: SnapshotHeader, view: KeyValueView): SnapshotReader {
    const reader: SnapshotReader = new SnapshotReader(header, view, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  #header(
    { index, term, checksum }: Pick<SnapshotHeader, "index" | "term" | "checksum">,
    { count, sum }: Pick<SnapshotHeader, "count" | "sum">,
    configuration: Configuration | null,
  ): SnapshotHeader {
    const { clusterId, membership } = this.#options.identity;
    return {
      format: recordsFormat,
      clusterId,
      index,
      term,
      checksum,
      configuration: configuration ?? { index: LogIndex(0), membership },
      count,
      sum,
      bytes: this.#options.records.bytes,
    };
  }

  #checkHeader({ format, clusterId }: SnapshotHeader): void {
    if (!isReadable(format)) throw unsupportedFormat("the snapshot", format);
    const own = this.#options.identity.clusterId;
    if (clusterId === own) return;
    throw new ConclaveError(
      "IDENTITY_MISMATCH",
      `the snapshot is of cluster ${clusterId}, this node belongs to cluster ${own}`,
    );
  }

  async #closeReaders(why: string): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.close(why)));
  }
}

/**
 * Removes records that the log does not refer to: what a crash in the middle of an install has left. A snapshot that
 * was about to be installed goes back to where it was staged. Only once all is verified that is in force.
 */
export async function tidyGenerations(paths: Paths, current: number): Promise<void> {
  const names = await readdir(paths.root);
  let isIncoming = names.includes("incoming");
  for (const name of names) {
    const generation = generationOf(name);
    if (generation === null || generation === current) continue;
    const path = join(paths.root, name);
    if (generation === current + 1 && !isIncoming) {
      await rename(path, paths.incoming);
      isIncoming = true;
    } else {
      await rm(path, { recursive: true });
    }
  }
}

/** Whether one can be gone on with as the other: at an index all nodes have the same records. */
function isSame(a: SnapshotHeader, b: SnapshotHeader): boolean {
  return (
    a.index === b.index &&
    a.term === b.term &&
    a.checksum === b.checksum &&
    a.format === b.format &&
    a.count === b.count &&
    a.sum === b.sum
  );
}
