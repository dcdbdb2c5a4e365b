import { LogTimeMs } from "../base/brands.ts";
import type { Placed } from "./placedHeap.ts";
import type { RateRecord } from "./records.ts";
import type { RateLimit } from "./settings.ts";

/** Times kept of one window: uses closer together than a thousandth of the interval count as one moment, the later one. */
const momentsPerInterval = 1_000;

/**
 * Claims that count towards one rate limit: each for `intervalMs` from its claim on, so that there are never more than
 * `limit` in any span of that length. Intervals of up to a second are kept to the millisecond.
 */
export class RateWindow implements Placed {
  readonly queue: string;
  /** Empty for the queue's own. */
  readonly key: string;
  rate: RateLimit;
  place = -1;
  #uses: { at: number; count: number }[];
  #total = 0;

  constructor(queue: string, key: string, rate: RateLimit, uses: RateRecord["uses"] = []) {
    this.queue = queue;
    this.key = key;
    this.rate = rate;
    this.#uses = uses.map(({ at, count }) => ({ at, count }));
    for (const { count } of uses) this.#total += count;
  }

  /** Claims that it still allows. */
  get left(): number {
    return Math.max(0, this.rate.limit - this.#total);
  }

  get isEmpty(): boolean {
    return this.#uses.length === 0;
  }

  /** When the first of its uses comes back; null when there is none. */
  get freeAt(): LogTimeMs | null {
    const [first] = this.#uses;
    return first === undefined ? null : LogTimeMs(first.at + this.rate.intervalMs);
  }

  /** When it allows a claim again: a limit that was lowered may have to wait for several. */
  get nextClaimAt(): LogTimeMs | null {
    let excess = this.#total - this.rate.limit;
    for (const { at, count } of this.#uses) {
      excess -= count;
      if (excess < 0) return LogTimeMs(at + this.rate.intervalMs);
    }
    return null;
  }

  use(now: LogTimeMs): void {
    const last = this.#uses.at(-1);
    const at = Math.max(this.#momentOf(now), last?.at ?? 0);
    if (last?.at === at) last.count += 1;
    else this.#uses.push({ at, count: 1 });
    this.#total += 1;
  }

  /** The interval is shorter now: what the one of before has rounded up, up to a thousandth of it, is rounded by this one. */
  roundAnew(now: LogTimeMs): void {
    const at = this.#momentOf(now);
    const from = this.#uses.findIndex((use) => use.at >= at);
    if (from < 0) return;
    const later = this.#uses.splice(from);
    this.#uses.push({ at, count: later.reduce((sum, { count }) => sum + count, 0) });
  }

  /** Uses whose interval is over come back. */
  free(now: LogTimeMs): void {
    let over = 0;
    for (const { at, count } of this.#uses) {
      if (at + this.rate.intervalMs > now) break;
      over += 1;
      this.#total -= count;
    }
    this.#uses.splice(0, over);
  }

  #momentOf(now: LogTimeMs): number {
    const momentMs = Math.max(1, Math.ceil(this.rate.intervalMs / momentsPerInterval));
    return Math.ceil(now / momentMs) * momentMs;
  }

  record(): RateRecord {
    const uses = this.#uses.map(({ at, count }) => ({ at: LogTimeMs(at), count }));
    return { kind: "rate", queue: this.queue, key: this.key, uses };
  }
}
