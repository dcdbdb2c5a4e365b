import { LogIndex, type NodeId, Term } from "../../../src/base/brands.ts";
import type { Restored } from "../../../src/raft/index.ts";
import type { Configuration, Entry, EntryId, HardState, SnapshotId } from "../../../src/raft/types.ts";

/** The machine of a scenario remembers the commands that it was given, in order: nothing tells two logs apart better. */
export interface MachineState {
  readonly appliedIndex: LogIndex;
  readonly configuration: Configuration;
  readonly commands: readonly string[];
}

/** The machine's records as of an entry: what a restart begins with, and what followers can be sent. */
export interface Checkpoint extends MachineState {
  readonly term: Term;
}

export type Write =
  | {
      readonly type: "persist";
      readonly hardState: HardState | null;
      readonly truncateFrom: LogIndex | null;
      readonly entries: readonly Entry[];
    }
  | { readonly type: "install"; readonly hardState: HardState; readonly checkpoint: Checkpoint };

export interface Report {
  readonly hardState: HardState | null;
  readonly lastEntry: EntryId | null;
}

const nothing: EntryId = { index: LogIndex(0), term: Term(0) };

/**
 * One ordered stream of atomic writes, numbered from 1, of which the first `synced` are on disk. A crash loses the
 * rest.
 */
export class Disk {
  hardState: HardState = { currentTerm: Term(0), votedFor: null };
  checkpoint: Checkpoint;
  compacted: EntryId = nothing;
  #entries: Entry[] = [];
  #writes: Write[] = [];
  #synced = 0;

  constructor(founding: readonly NodeId[], learners: readonly NodeId[]) {
    const membership = { voters: founding, outgoing: [], learners };
    const configuration = { index: LogIndex(0), membership };
    this.checkpoint = { appliedIndex: LogIndex(0), term: Term(0), configuration, commands: [] };
  }

  get synced(): number {
    return this.#synced;
  }

  get requested(): number {
    return this.#writes.length;
  }

  get lastIndex(): LogIndex {
    return LogIndex(this.compacted.index + this.#entries.length);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  write(write: Write): void {
    this.#writes.push(write);
  }

  /** Writes are numbered from 1 again; only while none is under way. */
  beginNumbering(): void {
    if (this.#synced < this.#writes.length) return;
    this.#writes = [];
    this.#synced = 0;
  }

  /** Carries out the writes through `number`; none for those that are there already. */
  syncThrough(number: number): void {
    for (; this.#synced < number; this.#synced++) {
      const write = this.#writes[this.#synced];
      if (write === undefined) throw new Error(`no write ${number} was asked for`);
      this.#carryOut(write);
    }
  }

  /** What a driver reports of the writes `from..through` when they are done. */
  reportOf(from: number, through: number): Report {
    let report: Report = { hardState: null, lastEntry: null };
    for (const write of this.#writes.slice(from - 1, through)) {
      if (write.type === "install") {
        const { appliedIndex: index, term } = write.checkpoint;
        report = { hardState: write.hardState, lastEntry: { index, term } };
        continue;
      }
      const last = write.entries.at(-1);
      report = {
        hardState: write.hardState ?? report.hardState,
        lastEntry: last === undefined ? report.lastEntry : { index: last.index, term: last.term },
      };
    }
    return report;
  }

  /** The power goes: what was not synced is lost. */
  crash(): void {
    this.#writes = [];
    this.#synced = 0;
  }

  entryAt(index: number): Entry | undefined {
    return this.#entries[index - this.compacted.index - 1];
  }

  /** The entry (index, term) is on disk, or was before it was compacted. */
  has(index: number, term: number): boolean {
    if (index <= this.compacted.index) return true;
    return this.entryAt(index)?.term === term;
  }

  compact(through: number): void {
    const last = this.entryAt(through);
    if (last === undefined || through > this.checkpoint.appliedIndex) {
      throw new Error(`cannot compact through ${through}: checkpoint at ${this.checkpoint.appliedIndex}`);
    }
    this.#entries.splice(0, through - this.compacted.index);
    this.compacted = { index: last.index, term: last.term };
  }

  /** A fault: synced entries from `index` on are gone. */
  lose(index: number): void {
    this.#entries.length = Math.max(0, index - this.compacted.index - 1);
  }

  restored(): Restored {
    const { appliedIndex, configuration } = this.checkpoint;
    return {
      newcomer: null,
      hardState: this.hardState,
      configuration,
      compacted: this.compacted,
      appliedIndex,
      termStarts: this.#entries
        .filter((entry, i) => entry.term !== this.#entries[i - 1]?.term)
        .map(({ index, term }) => ({ index, term })),
      entries: this.#entries.filter((entry) => entry.index > appliedIndex),
    };
  }

  #carryOut(write: Write): void {
    if (write.type === "install") {
      const { appliedIndex: index, term } = write.checkpoint;
      this.hardState = write.hardState;
      this.checkpoint = write.checkpoint;
      this.compacted = { index, term };
      this.#entries = [];
      return;
    }
    if (write.hardState !== null) this.hardState = write.hardState;
    if (write.truncateFrom !== null) this.#entries.length = write.truncateFrom - this.compacted.index - 1;
    for (const entry of write.entries) {
      if (entry.index !== this.lastIndex + 1) throw new Error(`hole on disk before entry ${entry.index}`);
      this.#entries.push(entry);
    }
  }
}

export function snapshotIdOf(checkpoint: Checkpoint): SnapshotId {
  const { appliedIndex: index, term, configuration } = checkpoint;
  return { index, term, configuration };
}
