import { LogIndex } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Machine } from "../machine/index.ts";
import type { LogStore, RecordStore, Telemetry } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** Entries kept below the checkpoint for followers that lag a little. */
const keptEntries = 1_000;

export interface CheckpointerOptions {
  readonly machine: Machine;
  readonly records: RecordStore;
  readonly log: LogStore;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** Take a checkpoint after this long, or after this many changed records, whichever comes first. */
  readonly intervalMs: number;
  readonly maxDirtyRecords: number;
  /** Entries through here are on every member's disk: nobody will ask for them again. */
  readonly matchedByAll: () => LogIndex;
  readonly onCompacted: (index: LogIndex) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Writes what changed in the machine to the records, and cuts the log below what is safe there. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #lastAt: number;
  #underWay: Promise<void> | null = null;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#lastAt = options.runtime.monotonicMs();
  }

  /** Starts a checkpoint if one is due and none is under way. */
  check(): void {
    if (this.#underWay !== null) return;
    const { machine, records, runtime, intervalMs, maxDirtyRecords } = this.#options;
    const unchanged = machine.appliedIndex === records.appliedIndex;
    const due =
      machine.pendingRecords >= maxDirtyRecords || runtime.monotonicMs() - this.#lastAt >= intervalMs;
    if (unchanged || !due) return;
    this.#underWay = this.#run().finally(() => {
      this.#underWay = null;
    });
  }

  /** Waits for the one under way, then takes a last one: for a clean stop. */
  async finish(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
    if (this.#options.machine.appliedIndex > this.#options.records.appliedIndex) await this.#run();
  }

  async #run(): Promise<void> {
    const { machine, records, runtime, telemetry, onFailed } = this.#options;
    const startedAt = runtime.monotonicMs();
    this.#lastAt = startedAt;
    const cut = machine.beginCheckpoint();
    try {
      const { appliedIndex, deletes } = cut;
      const written = await records.checkpoint({ appliedIndex, deletes, records: cut.records() });
      cut.done();
      telemetry.checkpoint(runtime.monotonicMs() - startedAt, written.records);
      await this.#compact(appliedIndex);
    } catch (error) {
      cut.abandon();
      onFailed(error);
    }
  }

  async #compact(checkpointed: LogIndex): Promise<void> {
    const { log, logger, matchedByAll, onCompacted } = this.#options;
    const target = Math.min(checkpointed - keptEntries, matchedByAll());
    if (target <= log.compacted.index) return;
    await log.compact(LogIndex(target));
    onCompacted(log.compacted.index);
    logger.debug({ compacted: log.compacted.index, checkpointed }, "log compacted");
  }
}
