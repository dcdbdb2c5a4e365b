import { setTimeout as rest } from "node:timers/promises";
import type { Stretches } from "../base/stretches.ts";

/**
 * Long work is done in slices of this length, with a rest between: the node's real work, and the other nodes of a
 * small machine, get the core half of the time.
 */
const sliceMs = 2;
const restMs = 2;

/** Says when a slice of work has lasted long enough, and tells `stretches` how long each was. */
export class Pause {
  readonly #stretches: Stretches | undefined;
  #since = performance.now();
  /** Of the present slice, before it had to wait for something. */
  #workedMs = 0;

  constructor(stretches?: Stretches) {
    this.#stretches = stretches;
    stretches?.begin();
  }

  isDue(): boolean {
    return this.#workedMs + performance.now() - this.#since >= sliceMs;
  }

  async take(): Promise<void> {
    await this.during(() => rest(restMs));
    this.#workedMs = 0;
  }

  /** Waits for what `start` begins. Its beginning is work, the waiting is not: others have the event loop meanwhile. */
  async during<T>(start: () => Promise<T>): Promise<T> {
    const waiting = start();
    this.#stretches?.end();
    this.#workedMs += performance.now() - this.#since;
    try {
      return await waiting;
    } finally {
      this.#since = performance.now();
      this.#stretches?.begin();
    }
  }
}
