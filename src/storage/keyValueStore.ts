import { access } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { ConclaveError } from "../base/errors.ts";
import { damaged, reasonOf } from "./damage.ts";
import { startAgainWhen } from "./remedy.ts";
import { isGone, unusable } from "./unusable.ts";
import { openKeepingWal } from "./walKeeper.ts";

export type KeyValue = readonly [key: Uint8Array, value: Uint8Array];

export interface KeyRange {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
}

/** An unchanging state of a database. */
export interface KeyValueView {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** In key order, in slices of at most `scanSlice`. */
  scan(range?: KeyRange): AsyncIterable<readonly KeyValue[]>;
  close(): Promise<void>;
}

/** What the log and the records need of a database; tests put faults between. */
export interface KeyValueStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** In key order as of the call, in slices of at most `scanSlice`. */
  scan(range?: KeyRange): AsyncIterable<readonly KeyValue[]>;
  /** As of the call. Costs next to nothing; what is overwritten meanwhile stays on disk until it is closed. */
  view(): KeyValueView;
  batch(): WriteBatch;
  close(): Promise<void>;
}

/** Gathers operations; all of them or none take effect. */
export interface WriteBatch {
  put(key: Uint8Array, value: Uint8Array): void;
  del(key: Uint8Array): void;
  /** Resolves once synced; `unsynced`: once a crash of the process cannot undo it, though a power loss could. */
  commit(durability?: "synced" | "unsynced"): Promise<void>;
  discard(): Promise<void>;
}

/** Opens the database at `path`; unless `create`, it must exist. See `openLevel`, which is meant unless another is given. */
export type OpenStore = (path: string, create: boolean, writeBufferSize?: number) => Promise<KeyValueStore>;

/** Small enough that decoding a slice does not hold up the event loop for 10 ms. */
const scanSlice = { pairs: 1000, bytes: 64 * 1024 } as const;

/**
 * Large buffer, no compression: measured best for runs of entries (docs/performance.md). Two buffers may
 * exist at a time. Each block of a table is a write of its own: with those of 4 KiB LevelDB's threads took a tenth more.
 */
const levelOptions = {
  keyEncoding: "view",
  valueEncoding: "view",
  compression: false,
  blockSize: 64 * 1024,
  writeBufferSize: 64 * 1024 * 1024,
} as const;

/** Of the records: pages are few and come in their order, so that a larger one gains nothing that could be measured. */
export const recordsBufferBytes: number = 16 * 1024 * 1024;

type Database = Level<Uint8Array, Uint8Array>;
type View = ReturnType<Database["snapshot"]>;

/**
 * Opens the LevelDB at `path`. Unless `create`, it must exist: LevelDB would otherwise take a lost CURRENT
 * file for a fresh database. Rejects with DATA_CORRUPT, CONFIG_INVALID when another process has it open, or
 * DISK_FAILED.
 */
export async function openLevel(
  path: string,
  create: boolean,
  writeBufferSize: number = levelOptions.writeBufferSize,
): Promise<KeyValueStore> {
  if (create) return await openDatabase(path, create, writeBufferSize);
  await requireCurrent(path);
  return await openKeepingWal(path, () => openDatabase(path, create, writeBufferSize));
}

async function openDatabase(path: string, create: boolean, writeBufferSize: number): Promise<KeyValueStore> {
  const database: Database = new Level(path, { ...levelOptions, writeBufferSize, createIfMissing: create });
  try {
    await database.open();
  } catch (error) {
    throw explainOpenError(path, error);
  }
  return new LevelStore(database);
}

/** Checked by hand, since LevelDB makes the folder and a lock file before it looks. */
export async function requireCurrent(path: string): Promise<void> {
  try {
    await access(join(path, "CURRENT"));
  } catch (cause) {
    if (!isGone(cause)) throw unusable(path, cause);
    throw damaged(path, "the database, or its file CURRENT, is gone", cause);
  }
}

export function explainOpenError(path: string, error: unknown): ConclaveError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const reason = reasonOf(cause);
  if (code === "LEVEL_LOCKED") {
    return new ConclaveError(
      "CONFIG_INVALID",
      `another process uses this data directory (${path} is locked). Stop it, or give this node a directory of its own`,
      { cause },
    );
  }
  // That it is there was seen just before: the system refused LevelDB the look.
  const isHidden = reason.includes("does not exist (create_if_missing is false)");
  if (isHidden || (code === "LEVEL_IO_ERROR" && !reason.includes("No such file"))) {
    return new ConclaveError(
      "DISK_FAILED",
      `${path} could not be opened: ${reason}. Start this node again ${startAgainWhen(cause)}`,
      { cause },
    );
  }
  // Of the folder, which is made first.
  const refused = unusable(path, cause);
  if (refused instanceof ConclaveError) return refused;
  return damaged(path, `LevelDB cannot open it (${reason})`, cause);
}

class LevelStore implements KeyValueStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return read(this.#database, key);
  }

  scan(range: KeyRange = {}): AsyncIterable<readonly KeyValue[]> {
    return scan(this.#database, range);
  }

  view(): KeyValueView {
    const view = this.#database.snapshot();
    return {
      get: (key) => read(this.#database, key, view),
      scan: (range = {}) => scan(this.#database, range, view),
      close: () => view.close(),
    };
  }

  batch(): WriteBatch {
    const batch = this.#database.batch();
    return {
      put: (key, value) => void batch.put(key, value),
      del: (key) => void batch.del(key),
      commit: async (durability = "synced") => batch.write({ sync: durability === "synced" }),
      discard: async () => batch.close(),
    };
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

async function read(database: Database, key: Uint8Array, view?: View): Promise<Uint8Array | undefined> {
  try {
    return await database.get(key, view === undefined ? {} : { snapshot: view });
  } catch (error) {
    throw explainReadError(database.location, error);
  }
}

function scan(database: Database, range: KeyRange, view?: View): AsyncIterable<readonly KeyValue[]> {
  // The iterator, and with it the state that it reads, must exist when this returns, not at the first `next`.
  const iterator = database.iterator<Uint8Array, Uint8Array>({
    ...range,
    ...(view === undefined ? {} : { snapshot: view }),
    highWaterMarkBytes: scanSlice.bytes,
  });
  return slices(iterator, database.location);
}

interface PairIterator {
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

async function* slices(iterator: PairIterator, path: string): AsyncGenerator<readonly KeyValue[]> {
  // The next one is read, in another thread, while this one is worked on.
  const read = (): Promise<readonly KeyValue[]> => {
    const slice = nextSlice(iterator, path);
    // Heard of when it is awaited, which may be later than it fails, or never.
    slice.catch(() => undefined);
    return slice;
  };
  let next = read();
  try {
    for (;;) {
      const slice = await next;
      if (slice.length === 0) return;
      next = read();
      yield slice;
    }
  } finally {
    await Promise.allSettled([next]);
    await iterator.close();
  }
}

async function nextSlice(iterator: PairIterator, path: string): Promise<readonly KeyValue[]> {
  try {
    return await iterator.nextv(scanSlice.pairs);
  } catch (error) {
    throw explainReadError(path, error);
  }
}

/**
 * LevelDB itself notices some damage to tables: a checksum, or a file that is gone or shorter than it was. What the disk or the
 * system refuses says nothing of the data, which must not be given up for it.
 */
export function explainReadError(path: string, cause: unknown): ConclaveError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code.endsWith("_NOT_OPEN")) {
    return new ConclaveError("SHUTTING_DOWN", `${path} is closed: nothing is read from it any more`, {
      cause,
    });
  }
  const reason = reasonOf(cause);
  if (code === "LEVEL_IO_ERROR" && !/No such file|Invalid argument/.test(reason)) {
    return new ConclaveError(
      "DISK_FAILED",
      `${path} could not be read: ${reason}. This process must end; start it again ${startAgainWhen(cause, "when the disk works")}`,
      { cause },
    );
  }
  return new ConclaveError(
    "DATA_CORRUPT",
    `${path} cannot be read: ${reason}. Stop this node, check the disk, and let the node rejoin the ` +
      "cluster with an empty data directory as a new member; the other nodes hold the data",
    { cause },
  );
}
