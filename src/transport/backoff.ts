import type { Random } from "../base/random.ts";

/** Immediate redials that may follow each other, and how soon one more is granted. */
const burst = 10;
const refillMs = 1_000;

/**
 * When to dial again. A broken connection is redialled at once, which also tells at once whether the peer's
 * process is gone; failed dials wait longer and longer. Neither may spin: connections that break as soon as
 * they are made (two processes under one node id push each other out) use up the immediate redials and then
 * count as failed ones.
 */
export class RedialBackoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: Random;
  #failures = 0;
  #immediate = burst;
  #refilledAt: number;

  /** `nowMs` here and below is of one monotonic clock. */
  constructor(initialMs: number, maxMs: number, random: Random, nowMs: number) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
    this.#refilledAt = nowMs;
  }

  /** Delay before the dial after an open connection broke. */
  afterBreak(nowMs: number): number {
    this.#immediate = Math.min(burst, this.#immediate + (nowMs - this.#refilledAt) / refillMs);
    this.#refilledAt = nowMs;
    if (this.#immediate < 1) return this.afterFailure();
    this.#immediate -= 1;
    this.#failures = 0;
    return 0;
  }

  /** Delay before the dial after the peer said that this node is no member any more: nothing is urgent then. */
  afterRemoval(): number {
    return this.#jittered(this.#maxMs);
  }

  /** Delay before the dial after a failed one: in [d/2, d) with d doubling up to the cap. */
  afterFailure(): number {
    const full = Math.min(this.#maxMs, this.#initialMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return this.#jittered(full);
  }

  #jittered(full: number): number {
    return full / 2 + (full / 2) * this.#random.next();
  }
}
