import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, connect } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";

/** A wait between two acknowledged writes; times are monotonic ms. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const probeQueue = "demo.probe";
const probeEveryMs = 10;

/**
 * Writes to the cluster all the time, one write after the other, and notes how long it waited: the same job is
 * enqueued again and again, which goes through the log each time and changes nothing after the first.
 */
export class WriteProber implements AsyncDisposable {
  readonly #endpoints: string;
  readonly #id: string;
  readonly #ended = new AbortController();
  readonly #gaps: Gap[] = [];
  #running: Promise<void> = Promise.resolve();
  #writes = 0;
  #error: Error | null = null;

  constructor(endpoints: string, id: string) {
    this.#endpoints = endpoints;
    this.#id = id;
  }

  get writes(): number {
    return this.#writes;
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      // Nobody asks any more what became of a write that was under way when the probing was stopped.
      if (this.#ended.signal.aborted) return;
      this.#error = new CommandFailed("the prober's writes failed", { cause: error });
    });
  }

  /** The longest wait that `at` (monotonic ms) falls into or that began just after it. Throws what ended the prober. */
  longestAround(at: number): Gap {
    if (this.#error !== null) throw this.#error;
    const near = this.#gaps.filter((gap) => gap.to >= at && gap.from <= at + 1000);
    const longest = near.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
    if (longest === undefined) throw new CommandFailed("the prober made no write around the leader's end");
    return longest;
  }

  /** Ends the probing and cancels its job. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    await using cluster = await connect(this.#endpoints);
    let last = performance.now();
    while (!signal.aborted) {
      await probe(cluster, this.#id);
      const now = performance.now();
      this.#writes++;
      this.#gaps.push({ from: last, to: now });
      last = now;
      // `stop` ends the wait, and then the loop: the probing is over, and nothing has failed.
      await delay(probeEveryMs, undefined, { signal }).catch(() => undefined);
    }
    await cluster.jobs.cancel(this.#id, { reason: "the demo is over" });
  }
}

async function probe(cluster: Cluster, id: string): Promise<void> {
  await cluster.jobs.enqueue(probeQueue, null, { id, delay: "1d", timeout: "60s" });
}
