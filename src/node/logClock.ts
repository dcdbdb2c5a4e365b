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
  readonly #offsets = new Map<NodeId, number>();
  /** Log time at `#readAt`; kept as a fraction so that slewing loses nothing. */
  #value: number;
  #readAt: MonotonicMs;
  /** The highest stamp given or seen: no later one may be below it. */
  #floor: number;

  constructor(runtime: Runtime, lastStamp: LogTimeMs) {
    this.#runtime = runtime;
    this.#value = lastStamp;
    this.#floor = lastStamp;
    this.#readAt = runtime.monotonicMs();
  }

  /** A peer's wall clock, heard just now. The network's delay is left in: it is small against any lease. */
  heard(peer: NodeId, wallClockMs: number): void {
    this.#offsets.set(peer, wallClockMs - this.#runtime.wallMs());
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
    const wall = this.#runtime.wallMs();
    const offsets = [0, ...this.#offsets.values()].sort((a, b) => a - b);
    const upper = wall + (offsets[Math.floor(offsets.length / 2)] ?? 0);
    if (offsets.length % 2 === 1) return upper;
    // Two middles, and one of the two clocks may be wrong: take the one that agrees with the log so far.
    const lower = wall + (offsets[offsets.length / 2 - 1] ?? 0);
    const expected = this.#value + (this.#runtime.monotonicMs() - this.#readAt);
    return Math.abs(lower - expected) < Math.abs(upper - expected) ? lower : upper;
  }
}
