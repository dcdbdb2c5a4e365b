import { assert } from "../base/assert.ts";
import { type QueueRecord, type SideRecord, sideName } from "./records.ts";

/** What changed since the last cut: the records as they were then, and the names of those that are gone. */
export interface SideCut {
  /** Of `records`. */
  readonly size: number;
  readonly deletes: ReadonlySet<string>;
  /** Once. */
  records(): Iterable<SideRecord>;
}

/** What a cut has of a record: nothing yet, for it is as it was; what it was before it changed; or nothing any more. */
type Held = "as it was" | SideRecord | "read";

/**
 * Side records by name, and which of them the next checkpoint must write. They are replaced and never changed. A cut takes
 * the names of those that changed, in O(1); whoever replaces one that was not read yet leaves it with the cut.
 */
export class SideTable {
  readonly #records = new Map<string, SideRecord>();
  /** Those of queues, by queue: few among what may be a million windows of dedup keys. */
  readonly #queues = new Map<string, QueueRecord>();
  /** Names that changed since the last cut, and those that went. */
  #changed = new Map<string, Held>();
  #gone = new Set<string>();
  #cut: Cut | null = null;

  /** Records and deletes that the next cut would have. */
  get pending(): number {
    return this.#changed.size + this.#gone.size;
  }

  get queues(): ReadonlyMap<string, QueueRecord> {
    return this.#queues;
  }

  get(name: string): SideRecord | undefined {
    return this.#records.get(name);
  }

  put(record: SideRecord): void {
    const name = sideName(record);
    this.#cut?.keep(name, this.#records.get(name));
    this.#set(name, record);
    this.#markDirty(name);
  }

  delete(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined) return;
    this.#cut?.keep(name, record);
    this.#records.delete(name);
    if (record.kind === "queue") this.#queues.delete(record.settings.queue);
    this.#markDirty(name);
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
    this.#cut = new Cut(this.#changed, this.#gone, this.#records);
    this.#changed = new Map();
    this.#gone = new Set();
    return this.#cut;
  }

  /** Not durable: what it held is to be written again. */
  end(durable: boolean): void {
    const cut = this.#cut;
    this.#cut = null;
    if (durable || cut === null) return;
    for (const name of cut.names) this.#markDirty(name);
    for (const name of cut.deletes) this.#markDirty(name);
  }

  #markDirty(name: string): void {
    if (this.#records.has(name)) {
      this.#gone.delete(name);
      this.#changed.set(name, "as it was");
    } else {
      this.#changed.delete(name);
      this.#gone.add(name);
    }
  }
}

class Cut implements SideCut {
  readonly deletes: ReadonlySet<string>;
  readonly #held: Map<string, Held>;
  readonly #records: ReadonlyMap<string, SideRecord>;

  constructor(
    held: Map<string, Held>,
    deletes: ReadonlySet<string>,
    records: ReadonlyMap<string, SideRecord>,
  ) {
    this.#held = held;
    this.deletes = deletes;
    this.#records = records;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Of all that it has records of, or had until they were read. */
  get names(): Iterable<string> {
    return this.#held.keys();
  }

  /** Call before a record is replaced, or goes. */
  keep(name: string, record: SideRecord | undefined): void {
    if (record !== undefined && this.#held.get(name) === "as it was") this.#held.set(name, record);
  }

  *records(): Iterable<SideRecord> {
    for (const [name, held] of this.#held) {
      const record = held === "as it was" ? this.#records.get(name) : held;
      assert(record !== undefined && record !== "read", "a changed record is there, or kept as it was");
      this.#held.set(name, "read");
      yield record;
    }
  }
}
