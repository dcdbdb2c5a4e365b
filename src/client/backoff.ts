const firstDelayMs = 25;
const longestDelayMs = 1_000;

/** Delays of 25 ms, 50 ms, ... at most 1 s, each drawn from its upper half so that clients do not come in step. */
export class Backoff {
  #failures = 0;

  next(): number {
    const full = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#failures);
    this.#failures++;
    return full / 2 + (Math.random() * full) / 2;
  }

  reset(): void {
    this.#failures = 0;
  }
}
