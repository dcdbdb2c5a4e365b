const stallMs = 2_000;

/**
 * Asks now and then whether an answer is overdue: a leader that hangs (paused, cut off) says nothing, and
 * its successor may long be at work. Runs only while armed.
 */
export class StallWatch {
  readonly #oldest: () => number | undefined;
  readonly #onStall: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `oldest`: when the longest unanswered request was sent (monotonic ms); undefined when all are answered. */
  constructor(oldest: () => number | undefined, onStall: () => void) {
    this.#oldest = oldest;
    this.#onStall = onStall;
  }

  arm(): void {
    this.#timer ??= setTimeout(() => this.#look(), stallMs);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    if (performance.now() - oldest >= stallMs) this.#onStall();
    this.arm();
  }
}
