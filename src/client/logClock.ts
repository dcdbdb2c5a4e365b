/** How fast log time may fall behind this process's clock: a leader slews it by a tenth, and clocks drift a little. */
const maxFallBehind = 0.15;

/**
 * Where log time lies on this process's clock, learnt from messages that carry a log time: none arrives before
 * the time it names, so the smallest lag seen is the closest to the truth. It ages at the most that log time can fall
 * behind: a lag that was never forgotten would in the end make every claim look as old as a lease. Kept per stream, as
 * another leader's stamps may lag otherwise.
 *
 * It matters for a claim that lay in a buffer (a busy network, a process that was suspended): its lease began
 * when it was made, not when it was read.
 */
export class LogClock {
  #lagMs = Number.POSITIVE_INFINITY;
  #learntAt = 0;

  /** Local monotonic ms of the log time `logMs`, which a message received at `receivedAt` named; never later than that. */
  localTimeOf(logMs: number, receivedAt: number): number {
    const aged = this.#lagMs + maxFallBehind * (receivedAt - this.#learntAt);
    this.#lagMs = Math.min(receivedAt - logMs, aged);
    this.#learntAt = receivedAt;
    return logMs + this.#lagMs;
  }

  reset(): void {
    this.#lagMs = Number.POSITIVE_INFINITY;
  }
}
