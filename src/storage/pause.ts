import { setTimeout as rest } from "node:timers/promises";

/**
 * Long work is done in slices of this length, with a rest between: the node's real work, and the other nodes of a
 * small machine, get the core half of the time.
 */
const sliceMs = 2;
const restMs = 2;

/** Says when a slice of work has lasted long enough. */
export class Pause {
  #since = performance.now();
  #longestMs = 0;

  isDue(): boolean {
    return performance.now() - this.#since >= sliceMs;
  }

  async take(): Promise<void> {
    this.#longestMs = this.longestMs;
    await rest(restMs);
    this.#since = performance.now();
  }

  /** Of all slices so far, the present one among them. */
  get longestMs(): number {
    return Math.max(this.#longestMs, performance.now() - this.#since);
  }
}
