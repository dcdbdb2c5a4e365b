import type { Random } from "../../../src/base/random.ts";
import { Overlay } from "../time/overlay.ts";
import type { Timeline } from "../time/timeline.ts";

export interface NetworkTraits {
  /** One way: minMs..typicalMs, and with the chance `slow` up to slowMs more. */
  readonly minMs: number;
  readonly typicalMs: number;
  readonly slow: number;
  readonly slowMs: number;
  /**
   * `stream`: as TCP, in order and at most once, and nothing is lost but by a connection that breaks. `loose`: each
   * message by itself is lost, doubled and overtaken, which Raft must bear as well.
   */
  readonly mode: "stream" | "loose";
  readonly loss: number;
  readonly duplication: number;
}

export const calmNetwork: NetworkTraits = {
  minMs: 0.1,
  typicalMs: 1,
  slow: 0,
  slowMs: 0,
  mode: "stream",
  loss: 0,
  duplication: 0,
};

/** The way from one machine to another. */
class Link {
  /** Nothing passes while above 0: partitions may overlap. */
  blocks = 0;
  readonly clogMs = new Overlay(0);
  lastArrival = 0;
  /** What its streams have in flight, in order, whatever becomes of the link. */
  readonly inFlight: (() => void)[] = [];
  /** So many of those should have come while the link was cut; TCP goes on sending them. */
  held = 0;
}

/** Every directed link between machines, those of clients included. */
export class Links {
  traits: NetworkTraits = calmNetwork;
  /** Counters for the report. */
  readonly counts = { sent: 0, lost: 0, doubled: 0, held: 0, overtaken: 0 };
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #links = new Map<string, Link>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  isOpen(from: string, to: string): boolean {
    return this.#link(from, to).blocks === 0;
  }

  /** Both ways. */
  isOpenBetween(a: string, b: string): boolean {
    return this.isOpen(a, b) && this.isOpen(b, a);
  }

  block(from: string, to: string): void {
    this.#link(from, to).blocks += 1;
  }

  unblock(from: string, to: string): void {
    const link = this.#link(from, to);
    link.blocks = Math.max(0, link.blocks - 1);
    if (link.blocks === 0) this.#release(link);
  }

  /** Everything on this way takes so much longer. Returns how to end it. */
  clog(from: string, to: string, ms: number): () => void {
    return this.#link(from, to).clogMs.lay(ms);
  }

  healAll(): void {
    for (const link of this.#links.values()) {
      link.blocks = 0;
      link.clogMs.clear();
      this.#release(link);
    }
  }

  latencyMs(): number {
    const { minMs, typicalMs, slow, slowMs } = this.traits;
    const random = this.#random;
    const extra = random.next() < slow ? slowMs * random.next() : 0;
    return minMs + (typicalMs - minMs) * random.next() + extra;
  }

  /** In order, and held up while the link is cut: what a connection carries. The receiver checks that it still stands. */
  stream(from: string, to: string, arrive: () => void): void {
    this.counts.sent += 1;
    const link = this.#link(from, to);
    link.inFlight.push(arrive);
    const at = Math.max(link.lastArrival, this.#timeline.now + this.latencyMs() + link.clogMs.value);
    link.lastArrival = at;
    this.#timeline.at(at, () => this.#deliver(link));
  }

  /** Each by itself: lost, doubled, overtaken. */
  datagram(from: string, to: string, arrive: () => void): void {
    this.counts.sent += 1;
    const { loss, duplication } = this.traits;
    const link = this.#link(from, to);
    const copies = this.#random.next() < duplication ? 2 : 1;
    if (copies === 2) this.counts.doubled += 1;
    for (let copy = 0; copy < copies; copy++) {
      if (link.blocks > 0 || this.#random.next() < loss) {
        this.counts.lost += 1;
        continue;
      }
      const at = this.#timeline.now + this.latencyMs() + link.clogMs.value;
      if (at < link.lastArrival) this.counts.overtaken += 1;
      link.lastArrival = Math.max(link.lastArrival, at);
      this.#timeline.at(at, () => {
        if (link.blocks === 0) arrive();
      });
    }
  }

  #link(from: string, to: string): Link {
    const name = `${from}>${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link();
      this.#links.set(name, link);
    }
    return link;
  }

  /** The next in order, whichever it was that this moment was drawn for. */
  #deliver(link: Link): void {
    if (link.blocks === 0) return link.inFlight.shift()?.();
    this.counts.held += 1;
    link.held += 1;
  }

  #release(link: Link): void {
    const at = this.#timeline.now + this.latencyMs();
    link.lastArrival = Math.max(link.lastArrival, at);
    for (; link.held > 0; link.held--) this.#timeline.at(at, () => this.#deliver(link));
  }
}
