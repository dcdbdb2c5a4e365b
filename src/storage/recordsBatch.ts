import { assert } from "../base/assert.ts";
import type { JobPart } from "../codec/jobPart.ts";
import { pageOf } from "../machine/records.ts";
import type { JobRecord, MachineRecord } from "../machine/types.ts";
import { damaged, unreadable } from "./damage.ts";
import type { JobPages, PartStore } from "./jobPages.ts";
import type { KeyValueStore, KeyValueView, WriteBatch } from "./keyValueStore.ts";
import type { Pause } from "./pause.ts";
import { keyOf, printable, sideKey } from "./recordKeys.ts";
import type { RecordsDigest } from "./recordsDigest.ts";
import type { RecordCodec } from "./types.ts";

export interface RecordsBatchOptions {
  readonly store: KeyValueStore;
  /** Names the database in errors. */
  readonly where: string;
  readonly batch: WriteBatch;
  readonly codec: RecordCodec;
  readonly pages: JobPages;
  readonly digest: RecordsDigest;
  readonly pause: Pause;
}

/** Puts the machine's records into one batch: side records one by one, jobs by pages. */
export class RecordsBatch {
  readonly #options: RecordsBatchOptions;
  readonly #parts: PartStore;
  /** Sequence numbers of jobs that are gone, by page. */
  readonly #gone = new Map<number, number[]>();
  readonly #written = new Set<number>();
  /** Of one page. */
  #jobs: JobRecord[] = [];
  #view: KeyValueView | null = null;
  #bytes = 0;
  #records = 0;

  constructor(options: RecordsBatchOptions) {
    this.#options = options;
    this.#parts = {
      put: (key, value) => this.#put(key, value),
      del: (key) => this.#delete(key),
      read: (keys) => this.#read(keys),
      rest: async () => {
        if (options.pause.isDue()) await options.pause.take();
      },
    };
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get records(): number {
    return this.#records;
  }

  /** Before all records. */
  async delete(sequences: Iterable<number>): Promise<void> {
    for (const sequence of sequences) {
      const page = pageOf(sequence);
      const gone = this.#gone.get(page);
      if (gone === undefined) this.#gone.set(page, [sequence]);
      else gone.push(sequence);
      if (this.#options.pause.isDue()) await this.#options.pause.take();
    }
  }

  async deleteSide(names: Iterable<string>): Promise<void> {
    const { pause } = this.#options;
    for (const name of names) {
      this.#delete(sideKey(name));
      if (pause.isDue()) await pause.take();
    }
  }

  /** Jobs of one page come one after the other. */
  async add(records: Iterable<MachineRecord>): Promise<void> {
    const { pause, codec } = this.#options;
    for (const record of records) {
      this.#records += 1;
      if (record.kind !== "job") this.#put(keyOf(record), codec.encode(record));
      else {
        const [first = record] = this.#jobs;
        if (pageOf(first.sequence) !== pageOf(record.sequence)) await this.#flush();
        this.#jobs.push(record);
      }
      if (pause.isDue()) await pause.take();
    }
    await this.#flush();
  }

  /** Pages of which jobs have gone and nothing else has changed. */
  async finish(): Promise<void> {
    const { pages, pause } = this.#options;
    for (const [page, gone] of this.#gone) {
      await pages.write(this.#parts, page, [], gone);
      if (pause.isDue()) await pause.take();
    }
    this.#gone.clear();
  }

  /** Nothing is read any more. */
  async close(): Promise<void> {
    await this.#view?.close();
    this.#view = null;
  }

  async #flush(): Promise<void> {
    const jobs = this.#jobs;
    const [first] = jobs;
    if (first === undefined) return;
    this.#jobs = [];
    const page = pageOf(first.sequence);
    assert(!this.#written.has(page), "a batch has a page once");
    this.#written.add(page);
    const gone = this.#gone.get(page) ?? [];
    this.#gone.delete(page);
    await this.#options.pages.write(this.#parts, page, jobs, gone);
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#options.batch.put(key, value);
    this.#options.digest.set(key, value);
    this.#bytes += key.length + value.length;
  }

  #delete(key: Uint8Array): void {
    this.#options.batch.del(key);
    this.#options.digest.delete(key);
  }

  /**
   * From one view for all: what a read sees is fixed under LevelDB's lock, in this thread, which waits for it while a thread
   * that has it waits for a core.
   */
  async #read(keys: readonly Uint8Array[]): Promise<readonly JobPart[]> {
    const { store, pause } = this.#options;
    const view = (this.#view ??= store.view());
    const values = await pause.during(() => Promise.all(keys.map((key) => view.get(key))));
    return keys.map((key, at) => this.#decode(key, values[at]));
  }

  #decode(key: Uint8Array, bytes: Uint8Array | undefined): JobPart {
    const { where, codec } = this.#options;
    if (bytes === undefined) throw damaged(where, `the record under ${printable(key)} is gone`);
    let item: ReturnType<RecordCodec["decode"]>;
    try {
      item = codec.decode(bytes);
    } catch (cause) {
      throw unreadable(where, `the record under ${printable(key)}`, cause);
    }
    if (item.kind === "part") return item;
    throw damaged(where, `the record under ${printable(key)} is none of jobs`);
  }
}
