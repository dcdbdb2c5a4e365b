import { assert } from "../base/assert.ts";
import { type QueueRecord, type SideRecord, sideName } from "./records.ts";

/** What changed since the last cut: the records as they were then, and the names of those that are gone. */
export interface SideCut {
  readonly records: readonly SideRecord[];
  readonly deletes: readonly string[];
}

/**
 * Side records by name, and which of them the next checkpoint must write. They are replaced and never changed, so a cut
 * is a list of references.
 */
export class SideTable {
  readonly #records = new Map<string, SideRecord>();
  /** Those of queues, by queue: few among what may be a million windows of dedup keys. */
  readonly #queues = new Map<string, QueueRecord>();
  /** Names that changed or went since the last cut. */
  #dirty = new Set<string>();
  #cut: SideCut | null = null;

  /** Records and deletes that the next cut would have. */
  get pending(): number {
    return this.#dirty.size;
  }

  get queues(): ReadonlyMap<string, QueueRecord> {
    return this.#queues;
  }

  get(name: string): SideRecord | undefined {
    return this.#records.get(name);
  }

  put(record: SideRecord): void {
    const name = sideName(record);
    this.#set(name, record);
    this.#dirty.add(name);
  }

  delete(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined) return;
    this.#records.delete(name);
    if (record.kind === "queue") this.#queues.delete(record.settings.queue);
    this.#dirty.add(name);
  }

  /** From a checkpoint. False when there is one of this name. */
  restore(record: SideRecord): boolean {
    const name = sideName(record);
    if (this.#records.has(name)) return false;
    this.#set(name, record);
    return true;
  }

  /** In no particular order: it depends on history. */
  all(): Iterable<SideRecord> {
    return this.#records.values();
  }

  #set(name: string, record: SideRecord): void {
    this.#records.set(name, record);
    if (record.kind === "queue") this.#queues.set(record.settings.queue, record);
  }

  begin(): SideCut {
    assert(this.#cut === null, "one checkpoint at a time");
    const records: SideRecord[] = [];
    const deletes: string[] = [];
    for (const name of this.#dirty) {
      const record = this.#records.get(name);
      if (record === undefined) deletes.push(name);
      else records.push(record);
    }
    this.#dirty = new Set();
    this.#cut = { records, deletes };
    return this.#cut;
  }

  /** Not durable: what it held is to be written again. */
  end(durable: boolean): void {
    const cut = this.#cut;
    this.#cut = null;
    if (durable || cut === null) return;
    for (const record of cut.records) this.#dirty.add(sideName(record));
    for (const name of cut.deletes) this.#dirty.add(name);
  }
}
