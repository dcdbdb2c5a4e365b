import type { Logger } from "../base/logger.ts";
import type { Machine } from "../machine/index.ts";
import { loadMachine } from "./machineLoader.ts";
import type { RecordStore, SnapshotHeader, SnapshotStore } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

export interface SnapshotInstallerOptions {
  readonly store: SnapshotStore;
  readonly records: RecordStore;
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** No checkpoint is under way once this resolves, and none begins until `resumeCheckpoints`. */
  readonly holdCheckpoints: () => Promise<void>;
  readonly resumeCheckpoints: () => void;
  /** The node stops. */
  readonly signal: AbortSignal;
}

/**
 * Puts a fetched snapshot into force. Its records are loaded into a machine of their own, in slices, while the old one
 * goes on answering stale reads; then the state is swapped at once.
 */
export class SnapshotInstaller {
  readonly #options: SnapshotInstallerOptions;

  constructor(options: SnapshotInstallerOptions) {
    this.#options = options;
  }

  /** All writes before it are durable, none comes before it resolves. Rejects with DISK_FAILED or DATA_CORRUPT. */
  async install(header: SnapshotHeader): Promise<void> {
    const { store, records, machine, runtime, logger, signal } = this.#options;
    const { index, term, configuration } = header;
    const startedAt = runtime.monotonicMs();
    await this.#options.holdCheckpoints();
    await store.install({ index, term, configuration });
    const installedAt = runtime.monotonicMs();
    machine.adopt(await loadMachine(records, runtime, signal));
    this.#options.resumeCheckpoints();
    logger.info(
      {
        index,
        term,
        jobs: machine.jobCount,
        writtenMs: Math.round(installedAt - startedAt),
        loadedMs: Math.round(runtime.monotonicMs() - installedAt),
      },
      "snapshot installed",
    );
  }
}
