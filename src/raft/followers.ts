import { LogIndex, MonotonicMs, type NodeId } from "../base/brands.ts";
import type { PeerStatus } from "./config.ts";
import { Progress } from "./progress.ts";
import { isMember, membersOf } from "./quorum.ts";
import type { Replica } from "./replica.ts";

const nobody: readonly NodeId[] = [];

/** A member that was removed, on its way out. */
interface Departure {
  /** The entry that removed it. */
  readonly removedBy: LogIndex;
  /** Once that is committed: an answer to a later round shows that it knows; and how long it has for it. */
  told: { readonly round: number; readonly until: MonotonicMs } | null;
  knows: boolean;
}

/**
 * All that a leader sends its log to: the other members of the configuration in force, and those that were removed,
 * until they have learnt of it or had an election timeout to do so. One that never learns of its removal would go on
 * asking for votes (Raft 6).
 */
export class Followers implements Iterable<readonly [NodeId, Progress]> {
  readonly #replica: Replica;
  readonly #progress = new Map<NodeId, Progress>();
  readonly #departures = new Map<NodeId, Departure>();

  constructor(replica: Replica, nextIndex: LogIndex) {
    this.#replica = replica;
    // Until the newest configuration is committed, members of earlier ones may not know of it.
    for (const { membership } of replica.configurations.live(replica.commitIndex)) {
      for (const id of membersOf(membership)) this.#add(id, nextIndex, 0);
    }
    this.#letDepart();
  }

  [Symbol.iterator](): Iterator<readonly [NodeId, Progress]> {
    return this.#progress.entries();
  }

  /** Removed and not gone yet. */
  get departing(): readonly NodeId[] {
    return this.#departures.size === 0 ? nobody : [...this.#departures.keys()];
  }

  of(id: NodeId): Progress | undefined {
    return this.#progress.get(id);
  }

  /** A new configuration is in force; `round` will be the next one. */
  onMembership(round: number): void {
    const { index, membership } = this.#replica.configurations.inForce;
    for (const id of membersOf(membership)) {
      // A member that begins anew has lost what it acknowledged: nothing is known of it.
      if (membership.details?.[id]?.since === index) this.#progress.delete(id);
      this.#departures.delete(id);
      this.#add(id, index, round);
    }
    this.#letDepart();
  }

  /** What is committed, those that were removed by it learn from the next round on. */
  onCommitted(round: number, now: MonotonicMs): void {
    const { commitIndex, config } = this.#replica;
    for (const departure of this.#departures.values()) {
      if (departure.told !== null || departure.removedBy > commitIndex) continue;
      departure.told = { round, until: MonotonicMs(now + config.electionTimeoutMs) };
    }
  }

  /** `id` has answered `round`. */
  onAnswered(id: NodeId, progress: Progress, round: number): void {
    const departure = this.#departures.get(id);
    if (departure === undefined || departure.told === null) return;
    if (round > departure.told.round && progress.matchIndex >= departure.removedBy) departure.knows = true;
  }

  /** Before a round: those that know of their removal, or had their time to hear of it, are gone. */
  letGo(now: MonotonicMs): void {
    for (const [id, { told, knows }] of this.#departures) {
      if (told === null || (!knows && now < told.until)) continue;
      this.#departures.delete(id);
      this.#progress.delete(id);
    }
  }

  /** Has answered `round`, or a later one. */
  answers(id: NodeId, round: number): boolean {
    return (this.#progress.get(id)?.ackedRound ?? 0) >= round;
  }

  /**
   * The lowest index above which somebody that fetches a snapshot will need the log; null when nobody does that has
   * answered `round`.
   */
  neededAbove(round: number): LogIndex | null {
    let lowest: LogIndex | null = null;
    for (const [id, { offered }] of this.#progress) {
      if (offered === null || this.#departures.has(id) || !this.answers(id, round)) continue;
      if (lowest === null || offered < lowest) lowest = offered;
    }
    return lowest;
  }

  /** The highest index that all members have on disk; `own` is ours. */
  matchedByAll(own: LogIndex): LogIndex {
    let lowest = own;
    for (const [id, { matchIndex }] of this.#progress) {
      if (matchIndex < lowest && !this.#departures.has(id)) lowest = matchIndex;
    }
    return lowest;
  }

  status(): readonly PeerStatus[] {
    return [...this.#progress]
      .filter(([id]) => !this.#departures.has(id))
      .map(([id, progress]) => ({
        id,
        matchIndex: progress.matchIndex,
        nextIndex: progress.nextIndex,
        progress: progress.state,
        snapshots: progress.snapshots,
        lastAckAt: progress.lastAckAt,
      }));
  }

  #add(id: NodeId, nextIndex: LogIndex, sinceRound: number): void {
    if (id === this.#replica.id || this.#progress.has(id)) return;
    this.#progress.set(id, new Progress(nextIndex, this.#replica.config, sinceRound));
  }

  #letDepart(): void {
    const { index, membership } = this.#replica.configurations.inForce;
    for (const id of this.#progress.keys()) {
      if (isMember(membership, id) || this.#departures.has(id)) continue;
      this.#departures.set(id, { removedBy: index, told: null, knows: false });
    }
  }
}
