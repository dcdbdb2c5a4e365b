import type { NodeId } from "../../src/base/brands.ts";
import type { Random } from "../../src/base/random.ts";
import type { Schedule } from "./raftSchedule.ts";

export interface NetworkTraits {
  /** Chance that a message is lost, and that it comes twice. */
  readonly loss: number;
  readonly duplication: number;
  /** Messages take 1..typicalMs, and with this chance up to slowMs more: so they overtake each other. */
  readonly typicalMs: number;
  readonly slow: number;
  readonly slowMs: number;
}

export const calm: NetworkTraits = { loss: 0, duplication: 0, typicalMs: 2, slow: 0, slowMs: 0 };

/** Directed links between nodes, each of which may be cut. */
export class RaftNetwork {
  traits: NetworkTraits = calm;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #cut = new Set<string>();

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  deliver(from: NodeId, to: NodeId, arrive: () => void): void {
    const { loss, duplication, typicalMs, slow, slowMs } = this.traits;
    const copies = this.#random.next() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random.next() < loss) continue;
      const delay = 1 + this.#random.below(typicalMs);
      const extra = this.#random.next() < slow ? this.#random.below(slowMs) : 0;
      this.#schedule.after(delay + extra, () => {
        if (!this.isCut(from, to)) arrive();
      });
    }
  }
}
