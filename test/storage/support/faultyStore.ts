import type { KeyValueStore, KeyValueView, WriteBatch } from "../../../src/storage/keyValueStore.ts";

/** Passes everything on to a real store; commits can be made to fail or to wait. */
export class FaultyStore implements KeyValueStore {
  readonly #store: KeyValueStore;
  /** Commits that reached this store, the failed ones among them. */
  commits = 0;
  /** First letters of the keys that the last batch put. */
  lastPuts: string[] = [];
  /** The next commit fails with it: `before` anything is written, or `after` it was. */
  failure: { readonly error: Error; readonly when: "before" | "after" } | null = null;
  /** Reads of views fail with it. */
  readFailure: Error | null = null;
  /** Views that are not closed. */
  openViews = 0;
  /** Commits wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Commits are on disk, but are not reported before it. */
  reportGate: Promise<void> = Promise.resolve();

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#store.get(key);
  }

  scan(range?: Parameters<KeyValueStore["scan"]>[0]): ReturnType<KeyValueStore["scan"]> {
    return this.#store.scan(range);
  }

  view(): KeyValueView {
    const view = this.#store.view();
    this.openViews++;
    return {
      get: async (key) => {
        if (this.readFailure !== null) throw this.readFailure;
        return view.get(key);
      },
      scan: (range) => view.scan(range),
      close: async () => {
        this.openViews--;
        await view.close();
      },
    };
  }

  batch(): WriteBatch {
    const batch = this.#store.batch();
    this.lastPuts = [];
    const put: WriteBatch["put"] = (key, value) => {
      this.lastPuts.push(Buffer.from(key).toString("latin1", 0, 1));
      batch.put(key, value);
    };
    return { ...batch, put, commit: (durability) => this.#commit(batch, durability) };
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #commit(batch: WriteBatch, durability: Parameters<WriteBatch["commit"]>[0]): Promise<void> {
    this.commits++;
    await this.gate;
    const { failure } = this;
    this.failure = null;
    if (failure?.when !== "before") await batch.commit(durability);
    await this.reportGate;
    if (failure !== null) throw failure.error;
  }
}

/** As LevelDB reports it. */
const texts = {
  ENOSPC: "No space left on device",
  EIO: "Input/output error",
  EMFILE: "Too many open files",
} as const;

export function diskError(code: keyof typeof texts): Error {
  const message = `IO error: /data/log/000003.log: ${texts[code]}`;
  return Object.assign(new Error(message), { code: "LEVEL_IO_ERROR" });
}
