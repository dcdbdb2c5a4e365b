import type { LogIndex } from "../base/brands.ts";

interface Batch {
  readonly round: number;
  readonly index: LogIndex;
  readonly ids: readonly number[];
}

export interface SafeRead {
  readonly id: number;
  readonly index: LogIndex;
}

/**
 * Linearizable reads at the leader (Raft 8, thesis 6.4). A read waits for a round that begins after it came;
 * all that wait when a round begins share it. It is safe at the commit index of that moment, once a quorum
 * has answered the round.
 */
export class Reads {
  #waiting: number[] = [];
  readonly #batches: Batch[] = [];

  /** Reads wait and no round is under way for earlier ones, so one should begin. */
  get wantRound(): boolean {
    return this.#waiting.length > 0 && this.#batches.length === 0;
  }

  add(id: number): void {
    this.#waiting.push(id);
  }

  /** `round` begins now, with `commitIndex` covering every write acknowledged so far. */
  joinRound(round: number, commitIndex: LogIndex): void {
    if (this.#waiting.length === 0) return;
    this.#batches.push({ round, index: commitIndex, ids: this.#waiting });
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
      for (const id of batch.ids) safe.push({ id, index: batch.index });
      this.#batches.shift();
    }
    return safe;
  }

  /** Takes out every read that is still pending. */
  takeAll(): readonly number[] {
    const ids = [...this.#batches.flatMap((batch) => batch.ids), ...this.#waiting];
    this.#batches.length = 0;
    this.#waiting = [];
    return ids;
  }
}
