import { ConclaveError } from "../../../src/base/errors.ts";
import {
  explainOpenError,
  explainReadError,
  type KeyRange,
  type KeyValue,
  type KeyValueStore,
  type KeyValueView,
  type OpenStore,
  requireCurrent,
  type WriteBatch,
} from "../../../src/storage/keyValueStore.ts";
import type { Host } from "../time/host.ts";
import type { Asked, Disk, DiskFailure } from "./disk.ts";
import type { Operation, StoreModel } from "./storeModel.ts";

const sliceSize = 1_000;

/** Opens modelled databases as `openLevel` does real ones. */
export function openStoreOf(host: Host, disk: Disk): OpenStore {
  return async (path, create) => {
    if (!create) await requireCurrent(path);
    // LevelDB reads what is there, and begins a log and a manifest.
    await reached({ host, kind: "writeFile", path }, disk, (failure) =>
      explainOpenError(path, levelError(path, failure)),
    );
    return new SimStore(host, disk, path, disk.store(path, create));
  };
}

function reached(
  asked: Asked<"writeFile">,
  disk: Disk,
  explain: (failure: DiskFailure) => Error,
): Promise<void> {
  if (disk.isWellFor(asked.kind, asked.path)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    disk.attend(asked, (failure) => (failure === null ? resolve() : reject(explain(failure))));
  });
}

/** As LevelDB tells of its disk. */
function levelError(path: string, failure: DiskFailure): Error {
  const said = failure === "EIO" ? "Input/output error" : "No space left on device";
  return Object.assign(new Error(`IO error: ${path}: ${said}`), { code: "LEVEL_IO_ERROR" });
}

/** A process's handle on a modelled database. */
export class SimStore implements KeyValueStore {
  readonly #host: Host;
  readonly #disk: Disk;
  /** Under which it was opened. */
  readonly #path: string;
  readonly #model: StoreModel;
  #isClosed = false;

  constructor(host: Host, disk: Disk, path: string, model: StoreModel) {
    this.#host = host;
    this.#disk = disk;
    this.#path = path;
    this.#model = model;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#model.get(textOf(key)));
  }

  scan(range: KeyRange = {}): AsyncIterable<readonly KeyValue[]> {
    // The view is of this moment, as an iterator of LevelDB gives it.
    return this.#slices(pairsIn(this.#model.content(), this.#model.keys(), range));
  }

  view(): KeyValueView {
    const content = new Map(this.#model.content());
    const keys = this.#model.keys();
    return {
      get: (key) => this.#read(() => content.get(textOf(key))),
      scan: (range = {}) => this.#slices(pairsIn(content, keys, range)),
      close: () => Promise.resolve(),
    };
  }

  batch(): WriteBatch {
    const operations: Operation[] = [];
    return {
      put: (key, value) => {
        operations.push({ type: "put", key: textOf(key), value: new Uint8Array(value) });
      },
      del: (key) => {
        operations.push({ type: "del", key: textOf(key) });
      },
      commit: (durability = "synced") =>
        durability === "synced" ? this.#commit(operations) : this.#write(operations),
      discard: () => Promise.resolve(),
    };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #commit(operations: readonly Operation[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#model.begin(operations);
      this.#disk.sync(
        this.#host,
        this.#path,
        () => this.#model.synced(operations),
        (failure) => {
          if (failure === null) return resolve();
          this.#model.failed(operations);
          reject(levelError(this.#path, failure));
        },
      );
    });
  }

  #write(operations: readonly Operation[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#disk.write(this.#host, this.#path, (failure) => {
        if (failure !== null) {
          this.#model.failed(operations);
          return reject(levelError(this.#path, failure));
        }
        this.#model.written(this.#disk.asWritten(this.#model, operations));
        resolve();
      });
    });
  }

  #read<Result>(result: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#disk.read(this.#host, this.#path, (failure) => {
        if (failure !== null) reject(explainReadError(this.#path, levelError(this.#path, failure)));
        else if (this.#isClosed) reject(new ConclaveError("SHUTTING_DOWN", "the database is closed"));
        else resolve(result());
      });
    });
  }

  async *#slices(pairs: readonly KeyValue[]): AsyncGenerator<readonly KeyValue[]> {
    for (let start = 0; start < pairs.length; start += sliceSize) {
      yield await this.#read(() => pairs.slice(start, start + sliceSize));
    }
  }
}

function pairsIn(
  content: ReadonlyMap<string, Uint8Array>,
  keys: readonly string[],
  { gt, gte, lt, lte }: KeyRange,
): KeyValue[] {
  const above = gt === undefined ? null : textOf(gt);
  const below = lt === undefined ? null : textOf(lt);
  const through = lte === undefined ? null : textOf(lte);
  const pairs: KeyValue[] = [];
  for (let i = firstAtLeast(keys, above ?? (gte === undefined ? "" : textOf(gte))); i < keys.length; i++) {
    const key = keys[i] ?? "";
    if (key === above) continue;
    if ((below !== null && key >= below) || (through !== null && key > through)) break;
    const value = content.get(key);
    if (value !== undefined) pairs.push([Buffer.from(key, "latin1"), value]);
  }
  return pairs;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function firstAtLeast(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
