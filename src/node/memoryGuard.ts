import { overloaded } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** Above this part of the memory new jobs are refused, so that what is there can still be worked off. */
const maxShare = 0.85;
/** Reading it costs a little, and memory does not fill in less. */
const everyMs = 500;

/**
 * Jobs live in memory. A leader whose memory fills up refuses new ones, with a typed error and nothing done, long
 * before the process would die of it and take its followers, which hold the same, with it one by one.
 */
export class MemoryGuard {
  readonly #runtime: Runtime;
  #share = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Throws OVERLOADED while memory is short. */
  check(): void {
    const now = this.#runtime.monotonicMs();
    if (now - this.#readAt >= everyMs) {
      this.#share = this.#runtime.memoryShare();
      this.#readAt = now;
    }
    if (this.#share <= maxShare) return;
    const percent = Math.round(this.#share * 100);
    throw overloaded(
      `the leader's memory is ${percent} % full of jobs (refused from ${maxShare * 100} %): add workers, or give the ` +
        "nodes a larger heap (NODE_OPTIONS=--max-old-space-size=MIB)",
    );
  }
}
