import type { Logger } from "../base/logger.ts";

const checkEveryMs = 5_000;
const toleratedMs = 500;
/** A message that was held up makes a clock look slow for a moment: only what lasts is told. */
const confirmations = 3;
const repeatEveryMs = 3_600_000;

/** Tells of a wall clock that is far from the others': nothing rests on it alone, but whoever reads its logs is misled. */
export class ClockWatch {
  readonly #logger: Logger;
  #checkAt = 0;
  #seen = 0;
  #toldAt: number | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `offsetMs`: how far the median of the voters' clocks is ahead of this node's own. */
  check(monotonicMs: number, offsetMs: () => number): void {
    if (monotonicMs < this.#checkAt) return;
    this.#checkAt = monotonicMs + checkEveryMs;
    const offset = Math.round(offsetMs());
    if (Math.abs(offset) <= toleratedMs) {
      if (this.#toldAt !== null) this.#logger.info({ offsetMs: offset }, "this node's clock is right again");
      this.#seen = 0;
      this.#toldAt = null;
      return;
    }
    this.#seen += 1;
    if (this.#seen < confirmations) return;
    if (this.#toldAt !== null && monotonicMs - this.#toldAt < repeatEveryMs) return;
    this.#toldAt = monotonicMs;
    this.#logger.warn(
      { offsetMs: offset },
      `this node's clock is ${Math.abs(offset)} ms ${offset < 0 ? "ahead of" : "behind"} the cluster's; jobs and ` +
        "leases are not affected, times in its logs are: set the clock",
    );
  }
}
