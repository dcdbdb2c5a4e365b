import { LogTimeMs, type MonotonicMs, type NodeId } from "../base/brands.ts";
import type { Runtime } from "./runtime.ts";

/** How far the log clock may run faster or slower than the monotonic clock while it is steered. */
const maxSlew = 0.1;

/**
 * The leader's stamp on entries ("log time"). It runs at the rate of the monotonic clock and is steered to the
 * median of the voters' wall clocks, so that one node with a wrong clock neither fires a day's timers nor
 * holds them back when it is elected. It never goes back: not within a term, not across leaders.
 */
export class LogClock {
  readonly #runtime: Runtime;
  /**
   * Each peer's wall clock less our *monotonic* clock, when it was last heard. Against our own wall clock instead, a
   * jump of that one would move every older sample along, and let a wrong clock have the median agree with it.
   */
  readonly #origins = new Map<NodeId, number>();
  /** Log time at `#readAt`; kept as a fraction so that slewing loses nothing. */
  #value: number;
  #readAt: MonotonicMs;
  /** The highest stamp given or seen: no later one may be below it. Never 0, which means no time. */
  #floor: number;

  constructor(runtime: Runtime, lastStamp: LogTimeMs) {
    this.#runtime = runtime;
    this.#value = lastStamp;
    this.#floor = Math.max(1, lastStamp);
    this.#readAt = runtime.monotonicMs();
  }

  /** A peer's wall clock, heard just now. The network's delay is left in: it is small against any lease. */
  heard(peer: NodeId, wallClockMs: number): void {
    this.#origins.set(peer, wallClockMs - this.#runtime.monotonicMs());
  }

  /** Clocks of nodes that are no members (any more) do not count. */
  keepOnly(members: readonly NodeId[]): void {
    for (const peer of this.#origins.keys()) if (!members.includes(peer)) this.#origins.delete(peer);
  }

  /** An entry with this stamp was applied: time is at least there. */
  observed(stamp: LogTimeMs): void {
    if (stamp <= this.#floor) return;
    this.#floor = stamp;
    const monotonic = this.#runtime.monotonicMs();
    this.#value = Math.max(this.#value + (monotonic - this.#readAt), stamp);
    this.#readAt = monotonic;
  }

  /** Begins a leadership: jumps forward to the median at once, since nothing was stamped while nobody led. */
  lead(): void {
    this.#value = Math.max(this.#value, this.#target());
    this.#readAt = this.#runtime.monotonicMs();
  }

  /** The stamp for an entry proposed now, or an estimate of log time at a follower. */
  now(): LogTimeMs {
    const monotonic = this.#runtime.monotonicMs();
    const elapsed = monotonic - this.#readAt;
    this.#readAt = monotonic;
    const error = this.#target() - (this.#value + elapsed);
    const slew = Math.max(-maxSlew * elapsed, Math.min(maxSlew * elapsed, error));
    this.#value = Math.max(this.#floor, this.#value + elapsed + slew);
    return LogTimeMs(Math.floor(this.#value));
  }

  /** How far the median of the voters' wall clocks is ahead of this node's own, in ms. */
  offsetMs(): number {
    return this.#target() - this.#runtime.wallMs();
  }

  #target(): number {
    const monotonic = this.#runtime.monotonicMs();
    const origins = [this.#runtime.wallMs() - monotonic, ...this.#origins.values()].sort((a, b) => a - b);
    const upper = monotonic + (origins[Math.floor(origins.length / 2)] ?? 0);
    if (origins.length % 2 === 1) return upper;
    // Two middles, and one of the two clocks may be wrong: take the one that agrees with the log so far.
    const lower = monotonic + (origins[origins.length / 2 - 1] ?? 0);
    const expected = this.#value + (monotonic - this.#readAt);
    return Math.abs(lower - expected) < Math.abs(upper - expected) ? lower : upper;
  }
}
