import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240];

/** Sources that the leader polls. On a follower they are there, and stay at zero. */
export class PollMetrics {
  readonly #outcomes: readonly string[];
  readonly #itemOutcomes: readonly string[];
  readonly #duration: Histogram<"source">;
  readonly #polls: Counter<"source" | "outcome">;
  readonly #items: Counter<"source" | "outcome">;
  readonly #lastSuccess: Gauge<"source">;

  /** The outcomes that there can be: each has its series from the start. */
  constructor(registry: Registry, outcomes: readonly string[], itemOutcomes: readonly string[]) {
    this.#outcomes = outcomes;
    this.#itemOutcomes = itemOutcomes;
    const registers = [registry];
    this.#duration = new Histogram({
      name: "conclave_poll_duration_seconds",
      help: "One poll of a source, until its answer was there; a long poll's wait included",
      labelNames: ["source"],
      buckets: secondsBuckets,
      registers,
    });
    this.#polls = new Counter({
      name: "conclave_polls_total",
      help: "Polls of a source by how they ended",
      labelNames: ["source", "outcome"],
      registers,
    });
    this.#items = new Counter({
      name: "conclave_poll_items_total",
      help: "Items that a source offered, by what became of them: enqueued, known already, or refused",
      labelNames: ["source", "outcome"],
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: "conclave_poll_last_success_timestamp_seconds",
      help: "When this node last polled the source with success, in seconds since the Unix epoch; 0 for never",
      labelNames: ["source"],
      registers,
    });
  }

  sourceKnown(source: string): void {
    this.#duration.zero({ source });
    this.#lastSuccess.set({ source }, 0);
    for (const outcome of this.#outcomes) this.#polls.inc({ source, outcome }, 0);
    for (const outcome of this.#itemOutcomes) this.#items.inc({ source, outcome }, 0);
  }

  polled(source: string, outcome: string, ms: number): void {
    this.#duration.observe({ source }, ms / 1000);
    this.#polls.inc({ source, outcome });
    if (outcome === "items" || outcome === "empty") this.#lastSuccess.set({ source }, Date.now() / 1000);
  }

  items(source: string, outcome: string, count: number): void {
    this.#items.inc({ source, outcome }, count);
  }
}
