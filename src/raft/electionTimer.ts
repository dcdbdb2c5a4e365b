import { MonotonicMs } from "../base/brands.ts";
import type { Random } from "../base/random.ts";
import { backoffDelayMs } from "./backoff.ts";
import type { RaftConfig } from "./config.ts";

/** A leader whose process is gone is replaced after at most this part of an election timeout. */
const hastePart = 20;

/**
 * When this server acts for want of a leader: a follower begins a campaign at the deadline, a campaign that
 * has not won by then has failed.
 *
 * Timeouts are drawn anew each time from [electionTimeoutMs, 2 * electionTimeoutMs), which parts rivals
 * (Raft 5.2). Failed campaigns in a row push the next one further and further out, so that nodes that cannot
 * win do not churn; any sign that the world has changed takes that back.
 */
export class ElectionTimer {
  readonly #config: RaftConfig;
  readonly #random: Random;
  #deadline: MonotonicMs;
  #failures = 0;
  #backoffMs = 0;

  constructor(config: RaftConfig, random: Random, now: MonotonicMs) {
    this.#config = config;
    this.#random = random;
    this.#deadline = this.#randomTimeout(now);
  }

  get deadline(): MonotonicMs {
    return this.#deadline;
  }

  /** The delay that failed campaigns have put before the next one; 0 when the last one did not fail. */
  get backoffMs(): number {
    return this.#backoffMs;
  }

  /** A legitimate leader spoke, or we have just been it: wait a whole timeout, with a clean slate. */
  reset(now: MonotonicMs): void {
    this.#clearBackoff();
    this.#deadline = this.#randomTimeout(now);
  }

  /** A campaign begins, and has one timeout to win. */
  onCampaign(now: MonotonicMs): void {
    this.#deadline = this.#randomTimeout(now);
  }

  /** Our vote went to another: leave it a timeout to win (Raft 5.2). A longer backoff stands. */
  onVoted(now: MonotonicMs): void {
    this.#deadline = later(this.#deadline, this.#randomTimeout(now));
  }

  /** The next campaign comes one backoff after the failed one's own time is up. */
  onCampaignFailed(now: MonotonicMs): void {
    this.#failures += 1;
    this.#backoffMs = backoffDelayMs(this.#config.electionBackoff, this.#failures, this.#random);
    this.#deadline = MonotonicMs(later(this.#deadline, now) + this.#backoffMs);
  }

  /** What failed before may succeed now: do not sit out the backoff (a healed partition must not wait). */
  onPeerBack(now: MonotonicMs): void {
    if (this.#failures === 0) return;
    this.#clearBackoff();
    this.#deadline = sooner(this.#deadline, this.#randomTimeout(now));
  }

  /** The leader is known to be gone; the small random delay parts those who learn it at the same moment. */
  onLeaderGone(now: MonotonicMs): void {
    const delay = this.#random.below(Math.max(1, Math.floor(this.#config.electionTimeoutMs / hastePart)));
    this.#deadline = sooner(this.#deadline, MonotonicMs(now + delay));
  }

  #clearBackoff(): void {
    this.#failures = 0;
    this.#backoffMs = 0;
  }

  #randomTimeout(now: MonotonicMs): MonotonicMs {
    const { electionTimeoutMs } = this.#config;
    return MonotonicMs(now + electionTimeoutMs + this.#random.below(electionTimeoutMs));
  }
}

function later(a: MonotonicMs, b: MonotonicMs): MonotonicMs {
  return a > b ? a : b;
}

function sooner(a: MonotonicMs, b: MonotonicMs): MonotonicMs {
  return a < b ? a : b;
}
