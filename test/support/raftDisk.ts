import { LogIndex, Term } from "../../src/base/brands.ts";
import type { Random } from "../../src/base/random.ts";
import type {
  Configuration,
  Effect,
  Entry,
  EntryId,
  HardState,
  Restored,
  SnapshotId,
} from "../../src/raft/index.ts";

type Persist = Extract<Effect, { type: "persist" }>;

/** The state of the modelled machine: it has applied through the last entry of `snapshot`, and `state` sums that up. */
export interface Checkpoint {
  readonly snapshot: SnapshotId;
  readonly state: number;
}

interface Install {
  readonly type: "install";
  readonly hardState: HardState;
  readonly checkpoint: Checkpoint;
}

/**
 * A modelled disk: one ordered stream of atomic writes, of which a prefix is synced. A crash keeps the synced
 * ones and a random number of those that were under way, in order. A snapshot is installed by one of them.
 */
export class RaftDisk {
  hardState: HardState = { currentTerm: Term(0), votedFor: null };
  /** The last checkpoint of the machine: also the snapshot that this node can send. */
  checkpoint: Checkpoint;
  /** A configuration that is applied here has named this directory (or it was there at the founding). */
  isTakenIn: boolean;
  readonly #founding: Configuration;
  #compacted: EntryId = { index: LogIndex(0), term: Term(0) };
  /** The synced entries above `compacted`. */
  #entries: Entry[] = [];
  #pending: (Persist | Install)[] = [];
  #completed = 0;

  constructor(founding: Configuration) {
    this.#founding = founding;
    this.isTakenIn = founding.membership.voters.length > 0;
    this.checkpoint = { snapshot: { index: LogIndex(0), term: Term(0), configuration: founding }, state: 0 };
  }

  /** How many writes have been synced since the disk was opened. */
  get completed(): number {
    return this.#completed;
  }

  /** How many writes have been asked for since then. */
  get requested(): number {
    return this.#completed + this.#pending.length;
  }

  /** A snapshot is on its way onto the disk. */
  get isInstalling(): boolean {
    return this.#pending.some(({ type }) => type === "install");
  }

  get compacted(): EntryId {
    return this.#compacted;
  }

  get lastIndex(): LogIndex {
    return LogIndex(this.#compacted.index + this.#entries.length);
  }

  write(write: Persist | Install): void {
    this.#pending.push(write);
  }

  /** Syncs the oldest `count` writes; returns what a driver would report of them. */
  sync(count: number): { hardState: HardState | null; lastEntry: EntryId | null } {
    let hardState: HardState | null = null;
    let lastEntry: EntryId | null = null;
    for (const write of this.#pending.splice(0, count)) {
      this.#completed += 1;
      hardState = write.hardState ?? hardState;
      const last = write.type === "install" ? write.checkpoint.snapshot : write.entries.at(-1);
      if (last !== undefined) lastEntry = { index: last.index, term: last.term };
      if (write.type === "install") this.#install(write.checkpoint);
      else this.#apply(write);
    }
    return { hardState, lastEntry };
  }

  /** The power goes; afterwards the disk is as the next start finds it. */
  crash(random: Random): void {
    this.sync(random.below(this.#pending.length + 1));
    this.#pending = [];
    this.#completed = 0;
  }

  entryAt(index: number): Entry | undefined {
    return this.#entries[index - this.#compacted.index - 1];
  }

  has(index: number, term: number): boolean {
    if (index <= this.#compacted.index) return true;
    return this.entryAt(index)?.term === term;
  }

  /** Null when the read fails, as it does for what is compacted away. */
  read(from: number, through: number, maxBytes: number): readonly Entry[] | null {
    if (from <= this.#compacted.index || through > this.lastIndex) return null;
    const entries = this.#entries.slice(from - this.#compacted.index - 1, through - this.#compacted.index);
    let bytes = 0;
    const fitting = entries.findIndex((entry) => {
      bytes += entry.data.length;
      return bytes > maxBytes;
    });
    return fitting === -1 ? entries : entries.slice(0, Math.max(1, fitting));
  }

  compact(through: number): void {
    const last = this.entryAt(through);
    if (last === undefined) return;
    this.#entries.splice(0, through - this.#compacted.index);
    this.#compacted = { index: last.index, term: last.term };
  }

  restored(incarnation: string): Restored {
    const { index: appliedIndex, configuration } = this.checkpoint.snapshot;
    return {
      newcomer: this.isTakenIn ? null : { incarnation },
      hardState: this.hardState,
      // The snapshot of a node that joined may not know the founding one.
      configuration: configuration.index === 0 ? this.#founding : configuration,
      compacted: this.#compacted,
      appliedIndex,
      termStarts: this.#entries
        .filter((entry, i) => entry.term !== this.#entries[i - 1]?.term)
        .map(({ index, term }) => ({ index, term })),
      entries: this.#entries.filter((entry) => entry.index > appliedIndex),
    };
  }

  #install(checkpoint: Checkpoint): void {
    this.checkpoint = checkpoint;
    this.#entries = [];
    this.#compacted = { index: checkpoint.snapshot.index, term: checkpoint.snapshot.term };
  }

  #apply(write: Persist): void {
    if (write.hardState !== null) this.hardState = write.hardState;
    if (write.truncateFrom !== null) this.#entries.length = write.truncateFrom - this.#compacted.index - 1;
    for (const entry of write.entries) {
      if (entry.index !== this.lastIndex + 1) throw new Error(`hole on disk before entry ${entry.index}`);
      this.#entries.push(entry);
    }
  }
}
