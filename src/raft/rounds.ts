import type { MonotonicMs } from "../base/brands.ts";

interface Round {
  readonly number: number;
  readonly startedAt: MonotonicMs;
}

/** Reads begin rounds at any pace; so many of an election timeout's are enough to tell who is there. */
const recentKept = 16;

/**
 * The leader's rounds within its term. A round begins with a broadcast; each reply echoes the round that was
 * current when its request left, and so shows that the follower recognised this leader at some moment *after*
 * the round began. Once a quorum has answered a round, no other leader can have been elected before it began:
 * - the lease is counted from the round's beginning, never from when the answers came in (an answer that took
 *   a second to arrive says nothing about that second);
 * - a read that arrived before the round began is safe (Raft 8).
 */
export class Rounds {
  #current = 0;
  #confirmed: Round | null = null;
  /** Begun and not yet confirmed, oldest first. */
  readonly #open: Round[] = [];
  /** Of the rounds that began within the last election timeout a few, oldest first. */
  readonly #recent: Round[] = [];
  readonly #electionTimeoutMs: number;

  constructor(electionTimeoutMs: number) {
    this.#electionTimeoutMs = electionTimeoutMs;
  }

  get current(): number {
    return this.#current;
  }

  /** When the last round that a quorum answered began; null before the first. */
  get confirmedSince(): MonotonicMs | null {
    return this.#confirmed?.startedAt ?? null;
  }

  get confirmed(): number {
    return this.#confirmed?.number ?? 0;
  }

  begin(now: MonotonicMs): number {
    this.#current += 1;
    const round = { number: this.#current, startedAt: now };
    this.#open.push(round);
    while (this.#recent[0] !== undefined && !this.#isRecent(this.#recent[0], now)) this.#recent.shift();
    const last = this.#recent.at(-1);
    if (last === undefined || now - last.startedAt >= this.#electionTimeoutMs / recentKept) {
      this.#recent.push(round);
    }
    return this.#current;
  }

  /** The next round will be this one, or a later one if so many have begun already. */
  leapTo(round: number): void {
    this.#current = Math.max(this.#current, round - 1);
  }

  /**
   * Whoever has answered this round, or a later one, was there within the last election timeout. When an answer came
   * in says less: it may have waited for us to wake.
   */
  firstRecent(now: MonotonicMs): number {
    return this.#recent.find((round) => this.#isRecent(round, now))?.number ?? Number.POSITIVE_INFINITY;
  }

  /** A quorum has answered `round` or a later one. Returns whether that was news. */
  confirm(round: number): boolean {
    let isNews = false;
    for (let oldest = this.#open[0]; oldest !== undefined && oldest.number <= round; oldest = this.#open[0]) {
      this.#confirmed = oldest;
      this.#open.shift();
      isNews = true;
    }
    return isNews;
  }

  #isRecent({ startedAt }: Round, now: MonotonicMs): boolean {
    return now - startedAt < this.#electionTimeoutMs;
  }
}
