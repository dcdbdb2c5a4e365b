import type { Clock } from "../../src/client/clock.ts";

/** Time stands still until it is told to go on. */
export class StandingClock implements Clock {
  #now = 0;
  readonly #timers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const run = () => callback();
    this.#timers.set(run, this.#now + delayMs);
    return () => void this.#timers.delete(run);
  }

  /** Runs what is due by then, once each. */
  pass(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter(([, at]) => at <= this.#now);
    for (const [run] of due) if (this.#timers.delete(run)) run();
  }

  get pending(): number {
    return this.#timers.size;
  }
}
