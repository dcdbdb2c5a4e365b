import { MonotonicMs } from "../base/brands.ts";
import type { Random } from "../base/random.ts";
import { backoffDelayMs } from "./backoff.ts";
import type { RaftConfig } from "./config.ts";

/** A leader whose process is gone is replaced after at most this part of an election timeout. */
const hastePart = 20;
/** Votes that split so often in a row are not for want of patience alone. */
const maxQuickSplits = 3;

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
  #splits = 0;

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
    this.#splits = 0;
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

  /** The leader is known to be gone. `rank` and `rivals`: see `#inTurn`. */
  onLeaderGone(now: MonotonicMs, rank: number, rivals: number): void {
    this.#deadline = sooner(this.#deadline, this.#inTurn(now, rank, rivals));
  }

  /**
   * The votes of our term are given, and for nobody a quorum: the next campaign need not wait for the end of this one. Not
   * for ever, since votes may be refused for other reasons. `rank` and `rivals`: see `#inTurn`.
   */
  onSplitVote(now: MonotonicMs, rank: number, rivals: number): void {
    this.#splits += 1;
    if (this.#splits > maxQuickSplits) {
      this.onCampaignFailed(now);
      return;
    }
    this.#backoffMs = 0;
    this.#deadline = this.#inTurn(now, rank, rivals);
  }

  /**
   * All that remain learn at the same moment that a campaign is due, and what one draws another may draw too: a split
   * vote. So each of `rivals` voters has a part of the delay to itself, by its `rank` among them (0 first), and draws
   * within the second quarter of it: the rest of that part is for the winner to enter the next term, and with more than two rivals to ask for votes. Twice as long after
   * each split vote, for nodes and networks that are slower than that.
   */
  #inTurn(now: MonotonicMs, rank: number, rivals: number): MonotonicMs {
    const partMs = (this.#config.electionTimeoutMs / hastePart / rivals) * 2 ** this.#splits;
    const drawn = 0.25 + 0.25 * this.#random.next();
    return MonotonicMs(now + Math.floor(partMs * (rank + drawn)));
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
