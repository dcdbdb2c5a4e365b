import { assert, assertNever } from "../base/assert.ts";
import type { LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Stretches } from "../base/stretches.ts";
import { frameRun, isChainedTo, isFramed } from "../codec/frame.ts";
import type { Entry, EntryId, HardState } from "../raft/types.ts";
import type { KeyValueStore } from "./keyValueStore.ts";
import type { LogChain } from "./logChain.ts";
import { type LogJob, LogJobs } from "./logJobs.ts";
import { checkAgainstMark, scanLog } from "./logScan.ts";
import type { Mark, Marker } from "./marker.ts";
import { RunStore } from "./runStore.ts";
import type { Compacted } from "./storedValues.ts";
import type { DurableBatch } from "./types.ts";
import type { WriteFuse } from "./writeFuse.ts";

export interface LevelLogOptions {
  readonly store: KeyValueStore;
  /** Names the log in errors. */
  readonly where: string;
  readonly fuse: WriteFuse;
  readonly marker: Marker;
  /** What the marker said when the directory was opened. */
  readonly mark: Mark;
  /** Entries above it are returned by `open`. */
  readonly keepAbove: LogIndex;
}

export interface OpenedLog {
  readonly log: LevelLog;
  readonly hardState: HardState;
  /** Where each term begins above the compacted entry. */
  readonly termStarts: readonly EntryId[];
  /** All entries above `keepAbove`. */
  readonly entries: readonly Entry[];
}

interface DurableWaiter {
  readonly index: LogIndex;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The Raft log and hard state in LevelDB: one put for the entries of one durable write, hard state in the same
 * atomic batch, every batch synced before it resolves, batches strictly one after the other.
 */
export class LevelLog {
  readonly #store: KeyValueStore;
  readonly #where: string;
  readonly #fuse: WriteFuse;
  readonly #marker: Marker;
  readonly #runs: RunStore;
  readonly #chain: LogChain;
  readonly #jobs = new LogJobs((job) => this.#carryOut(job));
  #hardState: HardState;
  #stagedTerm: Term;
  #durableWaiters: DurableWaiter[] = [];
  #closed = false;

  /** Verifies the whole log. Rejects with DATA_CORRUPT when it is damaged or holds less than the marker says. */
  static async open(options: LevelLogOptions): Promise<OpenedLog> {
    const scanned = await scanLog(options.store, options.where, options.keepAbove);
    checkAgainstMark(options.where, scanned, options.mark);
    const { hardState, runs, chain, entries } = scanned;
    const log = new LevelLog(options, new RunStore(options.store, options.where, runs), chain, hardState);
    return { log, hardState, termStarts: chain.termStarts, entries };
  }

  private constructor(options: LevelLogOptions, runs: RunStore, chain: LogChain, hardState: HardState) {
    this.#store = options.store;
    this.#where = options.where;
    this.#fuse = options.fuse;
    this.#marker = options.marker;
    this.#runs = runs;
    this.#chain = chain;
    this.#hardState = hardState;
    this.#stagedTerm = hardState.currentTerm;
    this.#marker.follow({ hardState, lastEntry: runs.lastEntry });
  }

  /** The last durable entry; `compacted` when the log is empty. */
  get lastEntry(): EntryId {
    return this.#runs.lastEntry;
  }

  /** The last entry that compaction removed; (0, 0) when nothing was. */
  get compacted(): EntryId {
    const { index, term } = this.#runs.compacted;
    return { index, term };
  }

  /**
   * Fixes the frames of these entries, chained to what was staged before. Throws DATA_CORRUPT when an entry
   * that came with a frame does not chain to our log.
   */
  stage({ hardState, truncateFrom, entries }: DurableBatch): void {
    this.#stagedTerm = hardState?.currentTerm ?? this.#stagedTerm;
    const newest = entries.at(-1)?.term ?? this.#stagedTerm;
    assert(newest <= this.#stagedTerm, `entries of term ${newest} need that term in the hard state first`);
    if (truncateFrom !== null) this.#chain.truncateFrom(truncateFrom);
    const own = entries.filter((entry) => !isFramed(entry));
    if (own.length > 0) {
      assert(own.length === entries.length, "entries of one batch are the leader's or our own, not both");
      frameRun(own, this.#chain.checksum);
    }
    for (const entry of entries) {
      if (own.length === 0 && !isChainedTo(entry, this.#chain.checksum))
        throw this.#fuse.blow(this.#diverged(entry));
      this.#chain.append(entry);
    }
  }

  /**
   * The log will be replaced by the snapshot (`install`): entries that are staged from now on are chained to the entry
   * that it ends with.
   */
  stageInstall({ index, term, checksum }: Compacted): void {
    assert(index > this.compacted.index, `snapshot ${index} is above what is compacted`);
    this.#chain.restart({ index, term, checksum });
  }

  /** Term and checksum of a durable entry, or null when it is compacted away or about to be replaced. */
  entryAt(index: LogIndex): Compacted | null {
    return index > this.lastEntry.index ? null : this.#chain.at(index);
  }

  /**
   * Makes a staged batch durable; batches that come while a write is under way share the next one. Rejects
   * with DISK_FAILED: the outcome is then unknown, nothing is written any more and the process must end.
   */
  async write(batch: DurableBatch): Promise<void> {
    this.#checkOpen();
    await this.#jobs.add({ type: "write", batch });
  }

  /** The last entry at or below `index` with which a durable write ended: to compact through it, none need be read. */
  cutBelow(index: LogIndex): LogIndex {
    return this.#runs.cutBelow(index);
  }

  /**
   * Removes entries through `index`, exactly: a run that reaches beyond it is cut. Nothing to do at or below
   * what is compacted already. The caller has a synced checkpoint at or above `index`. `stretches` is told how long that
   * keeps the event loop.
   */
  async compact(index: LogIndex, stretches?: Stretches): Promise<void> {
    while (this.#runs.compacted.index < index) {
      this.#checkOpen();
      await this.#jobs.add({ type: "compact", through: index, stretches });
    }
  }

  /**
   * In one atomic durable write: removes all entries, so that the log begins after `snapshot`, and says which
   * generation of the records goes with it. Rejects with DISK_FAILED.
   */
  async install({ index, term, checksum }: Compacted, generation: number): Promise<void> {
    this.#checkOpen();
    await this.#jobs.add({ type: "install", snapshot: { index, term, checksum }, generation });
  }

  /**
   * Entries `from..through`, cut off after `maxBytes` of data (at least one comes). Rejects with DATA_CORRUPT
   * when a checksum or the chain does not hold, INVALID_ARGUMENT for a range outside the durable log.
   */
  async read(from: LogIndex, through: LogIndex, maxBytes: number): Promise<readonly Entry[]> {
    this.#checkOpen();
    this.#fuse.check();
    return this.#runs.read(from, through, maxBytes);
  }

  /** Resolves once the entry at `index` is durable; rejects when the log fails or closes before. */
  async whenDurable(index: LogIndex): Promise<void> {
    if (this.lastEntry.index >= index) return;
    this.#checkOpen();
    this.#fuse.check();
    await new Promise<void>((resolve, reject) => {
      this.#durableWaiters.push({ index, resolve, reject });
    });
  }

  /** Finishes what was asked for, writes the marker, and closes the database. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#jobs.drained();
    this.#settleWaiters(closed());
    try {
      if (this.#fuse.blown) await this.#marker.abandon();
      else await this.#marker.flush();
    } finally {
      await this.#store.close();
    }
  }

  async #carryOut(job: LogJob): Promise<void> {
    try {
      await this.#fuse.guard(this.#where, () => this.#perform(job));
      this.#settleWaiters(null);
    } catch (error) {
      this.#settleWaiters(error);
      throw error;
    }
  }

  #perform(job: LogJob): Promise<void> {
    switch (job.type) {
      case "write":
        return this.#write(job.batch);
      case "compact":
        return this.#compactSome(job.through, job.stretches);
      case "install":
        return this.#install(job.snapshot, job.generation);
      default:
        return assertNever(job);
    }
  }

  /**
   * The hard state goes into every write: if LevelDB drops the record of a vote from the middle, a later one
   * still has it.
   */
  async #write(batch: DurableBatch): Promise<void> {
    const hardState = batch.hardState ?? this.#hardState;
    // The marker is lowered before the log loses what it promises, or a crash between the two would look like
    // damage.
    await this.#runs.write({ ...batch, hardState }, (last) => this.#marker.lower(last));
    this.#hardState = hardState;
    this.#marker.follow({ hardState: this.#hardState, lastEntry: this.lastEntry });
  }

  /** The marker may promise neither what only the old log holds nor, before it is there, what only the new one does. */
  async #install(snapshot: Compacted, generation: number): Promise<void> {
    const hardState = this.#hardState;
    await this.#runs.install({ snapshot, generation, hardState }, (last) => this.#marker.lower(last));
    this.#marker.follow({ hardState, lastEntry: this.lastEntry });
    // At once: the old records are removed next, and then the log must not come back as it was.
    await this.#marker.flush();
  }

  async #compactSome(index: LogIndex, stretches: Stretches | undefined): Promise<void> {
    if (this.#runs.compacted.index >= index) return;
    await this.#runs.compactSome(index, stretches);
    this.#chain.compact(this.#runs.compacted);
    stretches?.end();
  }

  #settleWaiters(error: unknown): void {
    const waiting = this.#durableWaiters;
    this.#durableWaiters = [];
    for (const waiter of waiting) {
      if (this.lastEntry.index >= waiter.index) waiter.resolve();
      else if (error !== null) waiter.reject(error);
      else this.#durableWaiters.push(waiter);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
  }

  #diverged(entry: Entry): ConclaveError {
    return new ConclaveError(
      "DATA_CORRUPT",
      `${this.#where}: entry ${entry.index} of term ${entry.term} came from the leader but does not follow our ` +
        `entry ${this.#chain.last}: this node's log differs from the cluster's. Start the node again as it is: ` +
        "it sets this data aside and gets everything from the others",
    );
  }
}

function closed(): ConclaveError {
  return new ConclaveError("SHUTTING_DOWN", "the log is closed: this node is shutting down");
}
