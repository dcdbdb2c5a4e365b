import type { LogIndex, NodeId } from "../base/brands.ts";

/** A read of our own, or the request `id` of the follower `from`. */
export interface Read {
  readonly id: number;
  readonly from: NodeId | null;
}

interface Batch {
  readonly round: number;
  readonly index: LogIndex;
  readonly reads: readonly Read[];
}

export interface SafeRead extends Read {
  readonly index: LogIndex;
}

/**
 * Linearizable reads at the leader (Raft 8, thesis 6.4). A read waits for a round that begins after it came;
 * all that wait when a round begins share it. It is safe at the commit index of that moment, once a quorum
 * has answered the round.
 */
export class Reads {
  #waiting: Read[] = [];
  readonly #batches: Batch[] = [];

  /** Reads wait and no round is under way for earlier ones, so one should begin. */
  get wantRound(): boolean {
    return this.#waiting.length > 0 && this.#batches.length === 0;
  }

  add(read: Read): void {
    this.#waiting.push(read);
  }

  /** `round` begins now, with `commitIndex` covering every write acknowledged so far. */
  joinRound(round: number, commitIndex: LogIndex): void {
    if (this.#waiting.length === 0) return;
    this.#batches.push({ round, index: commitIndex, reads: this.#waiting });
    this.#waiting = [];
  }

  /** Takes out the reads that a quorum's answer to `round` makes safe. */
  takeSafe(round: number): readonly SafeRead[] {
    const safe: SafeRead[] = [];
    for (
      let batch = this.#batches[0];
      batch !== undefined && batch.round <= round;
      batch = this.#batches[0]
    ) {
      for (const read of batch.reads) safe.push({ ...read, index: batch.index });
      this.#batches.shift();
    }
    return safe;
  }

  /** Takes out every read that is still pending. */
  takeAll(): readonly Read[] {
    const reads = [...this.#batches.flatMap((batch) => batch.reads), ...this.#waiting];
    this.#batches.length = 0;
    this.#waiting = [];
    return reads;
  }
}
