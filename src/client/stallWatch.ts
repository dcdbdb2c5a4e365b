import type { Clock } from "./clock.ts";

const stallMs = 2_000;

/**
 * Asks now and then whether an answer is overdue: a leader that hangs (paused, cut off) says nothing, and
 * its successor may long be at work. Runs only while armed.
 */
export class StallWatch {
  readonly #oldest: () => number | undefined;
  readonly #onStall: () => void;
  readonly #clock: Clock;
  #disarm: (() => void) | undefined;

  /** `oldest`: when the longest unanswered request was sent (monotonic ms); undefined when all are answered. */
  constructor(clock: Clock, oldest: () => number | undefined, onStall: () => void) {
    this.#clock = clock;
    this.#oldest = oldest;
    this.#onStall = onStall;
  }

  arm(): void {
    this.#disarm ??= this.#clock.after(stallMs, () => this.#look());
  }

  disarm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #look(): void {
    this.#disarm = undefined;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    if (this.#clock.now() - oldest >= stallMs) this.#onStall();
    this.arm();
  }
}
