import { assert } from "../base/assert.ts";
import { type SideRecord, sideName } from "./records.ts";

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
  readonly #counts = new Map<SideRecord["kind"], number>();
  /** Names that changed or went since the last cut. */
  #dirty = new Set<string>();
  #cut: SideCut | null = null;

  /** Records and deletes that the next cut would have. */
  get pending(): number {
    return this.#dirty.size;
  }

  count(kind: SideRecord["kind"]): number {
    return this.#counts.get(kind) ?? 0;
  }

  get(name: string): SideRecord | undefined {
    return this.#records.get(name);
  }

  put(record: SideRecord): void {
    const name = sideName(record);
    if (!this.#records.has(name)) this.#add(record.kind, 1);
    this.#records.set(name, record);
    this.#dirty.add(name);
  }

  delete(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined) return;
    this.#records.delete(name);
    this.#add(record.kind, -1);
    this.#dirty.add(name);
  }

  /** From a checkpoint. False when there is one of this name. */
  restore(record: SideRecord): boolean {
    const name = sideName(record);
    if (this.#records.has(name)) return false;
    this.#records.set(name, record);
    this.#add(record.kind, 1);
    return true;
  }

  /** In no particular order: it depends on history. */
  all(): Iterable<SideRecord> {
    return this.#records.values();
  }

  #add(kind: SideRecord["kind"], by: 1 | -1): void {
    this.#counts.set(kind, this.count(kind) + by);
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
