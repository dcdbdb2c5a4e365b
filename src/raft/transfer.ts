import { MonotonicMs, type NodeId } from "../base/brands.ts";
import type { Followers } from "./followers.ts";
import type { Progress } from "./progress.ts";
import type { Replica } from "./replica.ts";

/** More than can begin while a successor is waited for. */
const roundsAhead = 2 ** 30;

/**
 * A leader that is on its way out (thesis 3.10): it takes no proposals, brings its successor's log up to its own,
 * and then asks it to campaign at once. If nothing has come of it after an election timeout it goes on leading:
 * writes are held up for that long at most.
 */
export class Transfer {
  readonly to: NodeId;
  readonly endsAt: MonotonicMs;
  /** The round with which the leader goes on when nothing has come of it: see `TimeoutNow`. */
  readonly untilRound: number;
  readonly #replica: Replica;
  #asked = false;

  constructor(replica: Replica, to: NodeId, round: number, now: MonotonicMs) {
    this.#replica = replica;
    this.to = to;
    this.endsAt = MonotonicMs(now + replica.config.electionTimeoutMs);
    this.untilRound = round + roundsAhead;
  }

  /** From here on another leader may be elected at any moment, stickiness or not: the lease is worth nothing. */
  get hasAsked(): boolean {
    return this.#asked;
  }

  /** Asks, once, when the successor's log is as long as ours: then it is sure to get the votes. */
  proceed(progress: Progress): void {
    if (this.#asked || progress.matchIndex !== this.#replica.log.lastIndex) return;
    this.#asked = true;
    askToTakeOver(this.#replica, this.to, this.untilRound);
  }
}

/** Nothing of ours rests on the message; the successor's own term and vote are its own to persist. */
function askToTakeOver(replica: Replica, to: NodeId, untilRound: number): void {
  const { currentTerm: term, afterTerm } = replica;
  replica.send(to, { type: "timeoutNow", term, untilRound }, afterTerm);
}

/** By a leader that steps down with it: whenever the request arrives, it is in nobody's way. */
export function nameSuccessor(replica: Replica, followers: Followers, round: number): void {
  const successor = bestSuccessor(replica, followers);
  if (successor !== null) askToTakeOver(replica, successor, round + roundsAhead);
}

/** The voter (of the new configuration, while it is joint) that has most of our log, of equal ones the one heard last; null when there is no other voter. */
export function bestSuccessor(replica: Replica, followers: Followers): NodeId | null {
  let best: { readonly id: NodeId; readonly of: Progress } | null = null;
  for (const id of replica.membership.voters) {
    const of = followers.of(id);
    if (of === undefined) continue;
    if (best === null || isBetter(of, best.of)) best = { id, of };
  }
  return best?.id ?? null;
}

function isBetter(a: Progress, b: Progress): boolean {
  if (a.matchIndex !== b.matchIndex) return a.matchIndex > b.matchIndex;
  return (a.lastAckAt ?? Number.NEGATIVE_INFINITY) > (b.lastAckAt ?? Number.NEGATIVE_INFINITY);
}
