import type { Random } from "../../../src/base/random.ts";

/** Keys are their bytes as latin1 text: equal order, and a Map takes them. */
export type Operation =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: string };

/** Batches of which each could still be lost from the middle; older ones have gone into tables. */
const walBatches = 60;

/**
 * A LevelDB as far as crashes and damage go: an ordered stream of atomic batches, the newest in a write-ahead log of
 * which damage can take a record from the middle, and a crash takes a suffix of what was not synced.
 */
export class StoreModel {
  readonly #onSynced: (operations: readonly Operation[]) => void;
  readonly #tables = new Map<string, Uint8Array>();
  readonly #wal: (readonly Operation[])[] = [];
  #current = new Map<string, Uint8Array>();
  #sorted: string[] | null = [];
  /** Handed over and under way. */
  #unsynced: (readonly Operation[])[] = [];
  /** So many of the last batches were written without a sync: a power loss may take them. */
  #volatile = 0;
  /** After a failed write LevelDB acknowledges later ones, and they are gone when it is opened again. */
  #lies = false;
  #afterLies: Map<string, Uint8Array> | null = null;
  /** How often it was opened: LevelDB begins another manifest each time. */
  opens = 0;

  constructor(onSynced: (operations: readonly Operation[]) => void) {
    this.#onSynced = onSynced;
  }

  /** As it is at this moment: what a snapshot of the file system would hold. */
  copy(onSynced: (operations: readonly Operation[]) => void): StoreModel {
    const copy = new StoreModel(onSynced);
    for (const [key, value] of this.#afterLies ?? this.#current) {
      copy.#tables.set(key, value);
      copy.#current.set(key, value);
    }
    copy.#sorted = null;
    return copy;
  }

  get(key: string): Uint8Array | undefined {
    return this.#current.get(key);
  }

  keys(): readonly string[] {
    this.#sorted ??= [...this.#current.keys()].sort();
    return this.#sorted;
  }

  content(): ReadonlyMap<string, Uint8Array> {
    return this.#current;
  }

  /** A batch was handed over, and is not synced yet. */
  begin(operations: readonly Operation[]): void {
    this.#unsynced.push(operations);
  }

  /** The oldest batch under way is synced. */
  synced(operations: readonly Operation[]): void {
    this.#unsynced = this.#unsynced.filter((each) => each !== operations);
    this.#take(operations, false);
  }

  /** A batch that is not to be synced was written: only a power loss can undo it. */
  written(operations: readonly Operation[]): void {
    this.#take(operations, true);
  }

  /** Everything that was written is on disk. */
  syncAll(): void {
    this.#volatile = 0;
  }

  failed(operations: readonly Operation[]): void {
    this.#unsynced = this.#unsynced.filter((each) => each !== operations);
    this.#lies = true;
  }

  /** The process is gone: of what was under way a prefix is there; after a power loss of what was not synced as well. */
  crash(random: Random, kind: "process" | "power"): void {
    if (kind === "power" && this.#volatile > 0) {
      this.#wal.splice(this.#wal.length - random.below(this.#volatile + 1));
      this.#rebuild();
    }
    this.#volatile = 0;
    const kept = random.below(this.#unsynced.length + 1);
    const batches = this.#unsynced.splice(0, kept);
    this.#unsynced = [];
    if (this.#afterLies !== null) this.#replace(this.#afterLies);
    this.#afterLies = null;
    if (!this.#lies) for (const batch of batches) this.#commit(batch);
    this.#lies = false;
  }

  /**
   * Damage takes one record of the write-ahead log, and LevelDB says nothing. Returns false when no record fits `mayGo`.
   */
  loseFromMiddle(
    random: Random,
    mayGo: (batch: readonly Operation[], later: readonly Operation[]) => boolean,
  ): boolean {
    const fitting = this.#wal.filter((batch, i) => mayGo(batch, this.#wal.slice(i + 1).flat()));
    const lost = fitting[random.below(Math.max(1, fitting.length))];
    if (lost === undefined) return false;
    this.#wal.splice(this.#wal.indexOf(lost), 1);
    this.#rebuild();
    return true;
  }

  /** Flips one bit of the value at `key`, wherever it lies: no crash brings the old one back. */
  flip(key: string, random: Random): boolean {
    const value = this.#current.get(key);
    if (value === undefined || value.length === 0) return false;
    const damaged = withBitTurned(value, random);
    this.#current.set(key, damaged);
    for (const [at, batch] of this.#wal.entries()) {
      this.#wal[at] = batch.map((each) =>
        each.type === "put" && each.key === key ? { ...each, value: damaged } : each,
      );
    }
    if (this.#tables.has(key)) this.#tables.set(key, damaged);
    return true;
  }

  #take(operations: readonly Operation[], isVolatile: boolean): void {
    if (!this.#lies) return this.#commit(operations, isVolatile);
    this.#afterLies ??= new Map(this.#current);
    carryOut(operations, this.#current);
    this.#sorted = null;
  }

  #commit(operations: readonly Operation[], isVolatile = false): void {
    carryOut(operations, this.#current);
    this.#sorted = null;
    this.#wal.push(operations);
    this.#volatile = isVolatile ? this.#volatile + 1 : 0;
    while (this.#wal.length > Math.max(walBatches, this.#volatile))
      carryOut(this.#wal.shift() ?? [], this.#tables);
    if (!isVolatile) this.#onSynced(operations);
  }

  #rebuild(): void {
    const rebuilt = new Map(this.#tables);
    for (const batch of this.#wal) carryOut(batch, rebuilt);
    this.#replace(rebuilt);
  }

  #replace(content: Map<string, Uint8Array>): void {
    this.#current = content;
    this.#sorted = null;
  }
}

export function withBitTurned(value: Uint8Array, random: Random): Uint8Array {
  const damaged = Uint8Array.from(value);
  const at = random.below(damaged.length);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
  return damaged;
}

function carryOut(operations: readonly Operation[], content: Map<string, Uint8Array>): void {
  for (const operation of operations) {
    if (operation.type === "put") content.set(operation.key, operation.value);
    else content.delete(operation.key);
  }
}
