import { LogIndex, type MonotonicMs } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { Stretches } from "../base/stretches.ts";
import type { Machine } from "../machine/index.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Configuration } from "../raft/types.ts";
import { shuttingDown } from "./errors.ts";
import type { LogStore, RecordStore, Telemetry } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** Entries kept below the checkpoint for followers that lag a little. */
const keptAnyway = 1_000;

/**
 * A checkpoint is one batch of LevelDB's, which lies in memory at a stretch and is copied, into pages that the kernel has yet
 * to find, at every doubling: on a slow machine 10 to 25 ms at 6 MiB, 200 at 45.
 */
const maxDirtyBytes = 2 * 1024 * 1024;

/**
 * Nodes apply the same entries and would all take their checkpoints at the same moment, each with LevelDB's writing and
 * merging behind it: each draws anew after which part of its bounds, this one at least, the next is due.
 */
const leastPart = 0.7;

export interface CheckpointerOptions {
  readonly machine: Machine;
  readonly records: RecordStore;
  readonly log: LogStore;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly random: Random;
  /**
   * Take a checkpoint after this long, or after this many changed records or `maxDirtyBytes`, whichever comes first; up to
   * three tenths earlier, by chance.
   */
  readonly intervalMs: number;
  readonly maxDirtyRecords: number;
  /** The most entries below the checkpoint that are kept for members that lack them. */
  readonly keptEntries: number;
  /** In force as of the machine's applied index. */
  readonly configuration: () => Configuration;
  readonly needs: () => Pick<RaftStatus, "matchedByAll" | "neededAbove">;
  readonly onCheckpointed: (index: LogIndex) => void;
  readonly onCompacted: (index: LogIndex) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Writes what changed in the machine to the records, and cuts the log below what is safe there. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #lastAt: number;
  /** Of the bounds, after which the next one is due. */
  #part: number;
  #underWay: Promise<void> | null = null;
  /** Set while a snapshot is installed; called when that is done. */
  #release: (() => void) | null = null;
  #held: Promise<void> | null = null;
  #failed = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#lastAt = options.runtime.monotonicMs();
    this.#part = this.#drawnPart();
  }

  /** Starts a checkpoint if one is due and none is under way. */
  check(): void {
    if (this.idleMs(this.#options.runtime.monotonicMs()) <= 0) this.#begin();
  }

  /** For how long `check` will begin none, if nothing more changes. */
  idleMs(now: MonotonicMs): number {
    if (this.#underWay !== null || this.#held !== null || this.#failed) return Number.POSITIVE_INFINITY;
    const { machine, records, intervalMs, maxDirtyRecords } = this.#options;
    if (machine.appliedIndex === records.appliedIndex) return Number.POSITIVE_INFINITY;
    // Whoever sets no bound (tests, the counts of bench/smoke) gets none by bytes either.
    const bounded = maxDirtyRecords < Number.MAX_SAFE_INTEGER;
    const isLarge =
      machine.pendingRecords >= maxDirtyRecords * this.#part ||
      (bounded && machine.pendingBytes >= maxDirtyBytes * this.#part);
    return isLarge ? 0 : this.#lastAt + intervalMs * this.#part - now;
  }

  /** Resolves once a checkpoint holds all that is applied at the time of the call. Rejects when none can be taken. */
  async take(): Promise<void> {
    const { machine, records } = this.#options;
    const index = machine.appliedIndex;
    while (records.appliedIndex < index) {
      if (this.#failed) throw shuttingDown();
      if (this.#held === null && this.#underWay === null) this.#begin();
      await (this.#held ?? this.#underWay);
    }
  }

  /** Resolves once none is under way; none begins until `resume`. */
  async hold(): Promise<void> {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
    while (this.#underWay !== null) await this.#underWay;
  }

  resume(): void {
    this.#release?.();
    this.#release = null;
    this.#held = null;
    this.#lastAt = this.#options.runtime.monotonicMs();
  }

  /** Waits for the one under way, then takes a last one: for a clean stop. */
  async finish(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
    // A hold that nobody ends any more: the installation was cut short, and the machine's state is superseded.
    if (this.#held !== null || this.#failed) return this.abandon();
    if (this.#options.machine.appliedIndex > this.#options.records.appliedIndex) await this.#run();
    this.abandon();
  }

  /** None is begun any more; whoever waits for one waits no longer. */
  abandon(): void {
    this.#failed = true;
    this.#release?.();
  }

  #drawnPart(): number {
    return leastPart + (1 - leastPart) * this.#options.random.next();
  }

  #begin(): void {
    this.#underWay = this.#run().finally(() => {
      this.#underWay = null;
    });
  }

  async #run(): Promise<void> {
    const { runtime, telemetry, onFailed } = this.#options;
    const startedAt = runtime.monotonicMs();
    this.#lastAt = startedAt;
    this.#part = this.#drawnPart();
    const stretches = new Stretches(runtime);
    stretches.begin();
    try {
      const { index, records } = await this.#write(stretches);
      const ms = runtime.monotonicMs() - startedAt;
      await this.#compact(index, stretches);
      stretches.end();
      telemetry.checkpoint(ms, records, stretches.longest);
    } catch (error) {
      this.#failed = true;
      onFailed(error);
    }
  }

  async #write(stretches: Stretches): Promise<{ readonly index: LogIndex; readonly records: number }> {
    const { machine, records, configuration, onCheckpointed } = this.#options;
    const inForce = configuration();
    const cut = machine.beginCheckpoint();
    const { appliedIndex, deletes, sideDeletes } = cut;
    try {
      const written = await records.checkpoint({
        appliedIndex,
        configuration: inForce,
        deletes,
        sideDeletes,
        records: cut.records(),
        stretches,
      });
      cut.done();
      onCheckpointed(appliedIndex);
      return { index: appliedIndex, records: written.records };
    } catch (error) {
      cut.abandon();
      throw error;
    }
  }

  async #compact(checkpointed: LogIndex, stretches: Stretches): Promise<void> {
    const { log, logger, keptEntries, needs, onCompacted } = this.#options;
    const target = log.cutBelow(compactionTarget(checkpointed, keptEntries, needs()));
    if (target <= log.compacted.index) return;
    const compacting = log.compact(target, stretches);
    stretches.end();
    await compacting;
    stretches.begin();
    onCompacted(log.compacted.index);
    logger.debug({ compacted: log.compacted.index, checkpointed }, "log compacted");
  }
}

/**
 * The last entry that may go. A member that lags a little finds its entries in the log; one that lags more finds them
 * up to `keptEntries`, so that a restart of a node does not cost it a snapshot; one that has lain still for longer is
 * not waited for. Never what a follower will need right after the snapshot that it is fetching.
 */
export function compactionTarget(
  checkpointed: LogIndex,
  keptEntries: number,
  needs: Pick<RaftStatus, "matchedByAll" | "neededAbove">,
): LogIndex {
  const newest = checkpointed - Math.min(keptAnyway, keptEntries);
  const target = Math.min(newest, Math.max(needs.matchedByAll, checkpointed - keptEntries));
  return LogIndex(Math.max(0, Math.min(target, needs.neededAbove ?? target)));
}
