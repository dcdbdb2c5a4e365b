import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ConclaveError } from "../base/errors.ts";
import { type KeyValueStore, type OpenStore, openLevel } from "./keyValueStore.ts";

export const lockFolder = "lock";
const writeBufferBytes = 64 * 1024;

/**
 * Keeps every other process out of a data directory, also while its databases are moved, replaced or too damaged to be
 * opened. It is the lock of a database that nothing is stored in: the system frees it when the process ends.
 */
export class DirectoryLock {
  readonly #store: KeyValueStore;

  /** Rejects with CONFIG_INVALID when another process has it, or DISK_FAILED. */
  static async take(root: string, openStore: OpenStore = openLevel): Promise<DirectoryLock> {
    const path = join(root, lockFolder);
    try {
      return new DirectoryLock(await openStore(path, true, writeBufferBytes));
    } catch (error) {
      if (!(error instanceof ConclaveError && error.code === "DATA_CORRUPT")) throw error;
      // Damaged: nothing is in it that could be lost.
      await rm(path, { recursive: true, force: true });
      return new DirectoryLock(await openStore(path, true, writeBufferBytes));
    }
  }

  private constructor(store: KeyValueStore) {
    this.#store = store;
  }

  async release(): Promise<void> {
    await this.#store.close();
  }
}
