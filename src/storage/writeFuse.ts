import { InvariantViolation } from "../base/assert.ts";
import { ConclaveError } from "../base/errors.ts";
import { reasonOf } from "./damage.ts";
import { startAgainWhen } from "./remedy.ts";

/**
 * Blows with the first failed write and then refuses every other one. LevelDB goes on after ENOSPC: it
 * acknowledges later synced writes and loses them on reopen; after EIO a failed write may be on disk all the
 * same. So a failed write has an unknown outcome and nothing may be written after it. One fuse guards all
 * files of a data directory.
 */
export class WriteFuse {
  #blownBy: Error | null = null;

  get blown(): boolean {
    return this.#blownBy !== null;
  }

  /** Throws DISK_FAILED once a write has failed. */
  check(): void {
    if (this.#blownBy === null) return;
    throw new ConclaveError(
      "DISK_FAILED",
      `not written, because an earlier write failed. ${this.#blownBy.message}`,
      {
        cause: this.#blownBy,
      },
    );
  }

  /** Runs `write`; `what` names it in the error. Rejects with DISK_FAILED when the disk refuses. */
  async guard<Result>(what: string, write: () => Promise<Result>): Promise<Result> {
    this.check();
    try {
      return await write();
    } catch (cause) {
      throw this.blow(explained(what, cause));
    }
  }

  /** From now on nothing is written. Returns `error`. */
  blow(error: Error): Error {
    this.#blownBy ??= error;
    return error;
  }
}

/** An error that already says what is wrong stays as it is; any other came from the disk. */
function explained(what: string, cause: unknown): Error {
  if (cause instanceof ConclaveError || cause instanceof InvariantViolation) return cause;
  return new ConclaveError(
    "DISK_FAILED",
    `writing ${what} failed: ${reasonOf(cause)}. Whether it reached the disk is unknown, so this process must ` +
      `end; start it again ${startAgainWhen(cause)}`,
    { cause },
  );
}
