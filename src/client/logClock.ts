/**
 * Where log time lies on this process's clock, learnt from messages that carry a log time: none arrives before
 * the time it names, so the smallest lag ever seen is the closest to the truth. Kept per stream, as another
 * leader's stamps may lag otherwise.
 *
 * It matters for a claim that lay in a buffer (a busy network, a process that was suspended): its lease began
 * when it was made, not when it was read.
 */
export class LogClock {
  #smallestLagMs = Number.POSITIVE_INFINITY;

  /** Local monotonic ms of the log time `logMs`, which a message received at `receivedAt` named; never later than that. */
  localTimeOf(logMs: number, receivedAt: number): number {
    this.#smallestLagMs = Math.min(this.#smallestLagMs, receivedAt - logMs);
    return logMs + this.#smallestLagMs;
  }

  reset(): void {
    this.#smallestLagMs = Number.POSITIVE_INFINITY;
  }
}
