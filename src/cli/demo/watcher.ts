import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, QueueCounts } from "../../client/index.ts";
import { type Leadership, leadershipIn } from "../leadership.ts";
import { demoQueue } from "./corpus.ts";

const countsEveryMs = 50;
const leadershipEveryMs = 100;
const statusTimeoutMs = 400;
const rateWindowMs = 1000;

/** Keeps an eye on the cluster: how many jobs have ended, and who leads. */
export class Watcher {
  readonly #cluster: Cluster;
  readonly #samples: { readonly at: number; readonly done: number }[] = [];
  #counts: QueueCounts | null = null;
  #leadership: Leadership | undefined;
  #lastProgressAt = performance.now();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Jobs that have ended, completed or dead. */
  get done(): number {
    return this.#counts === null ? 0 : this.#counts.completed + this.#counts.dead + this.#counts.cancelled;
  }

  /** As of a moment ago; undefined while nobody leads. */
  get leadership(): Leadership | undefined {
    return this.#leadership;
  }

  get rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    // While there is no leader nobody counts: nothing is finished then.
    if (performance.now() - last.at > rateWindowMs) return 0;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }

  /** Since the last job ended. */
  get stalledMs(): number {
    return performance.now() - this.#lastProgressAt;
  }

  /** Watches until `signal` fires; rejects when the cluster cannot be asked any more. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchCounts(signal), this.#watchLeadership(signal)]);
  }

  async #watchCounts(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const stats = await this.#cluster.jobs.stats({ timeout: "60s" });
      const before = this.done;
      this.#counts = stats.queues.find((queue) => queue.queue === demoQueue) ?? null;
      const now = performance.now();
      if (this.done > before) this.#lastProgressAt = now;
      this.#samples.push({ at: now, done: this.done });
      while (now - (this.#samples[0]?.at ?? now) > rateWindowMs) this.#samples.shift();
      // The signal ends the wait, and then the loop: no failure of the demo.
      await delay(countsEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #watchLeadership(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#leadership = await askLeadership(this.#cluster);
      // As above.
      await delay(leadershipEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

export async function askLeadership(cluster: Cluster): Promise<Leadership | undefined> {
  return leadershipIn(await cluster.status({ timeout: statusTimeoutMs }));
}
