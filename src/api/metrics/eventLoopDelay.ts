import { createHistogram, type EventLoopUtilization, performance } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

/** A look at the loop every so often; while it has next to nothing to do, less often: each look wakes the process. */
const busyMs = 20;
const idleMs = 500;
/** Share of the time that the loop works, from which on it counts as busy. */
const busyShare = 0.1;

export interface EventLoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/**
 * How late the event loop runs its timers, in seconds, since the last scrape: p50, p99, p99.9 and maximum. What falls between a
 * scrape and the next of these timers is not measured. Node's own monitor would wake an idle process as often as a busy one.
 */
export class EventLoopDelay {
  readonly #histogram = createHistogram();
  #timer: NodeJS.Timeout;
  #dueAt: number;
  #used: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(registry: Registry) {
    this.#dueAt = performance.now() + busyMs;
    this.#timer = this.#arm(busyMs);
    const quantiles = new Gauge({
      name: "conclave_event_loop_delay_seconds",
      help: "Delay of the event loop since the last scrape, by quantile; 1 is the maximum",
      labelNames: ["quantile"],
      registers: [registry],
      collect: () => {
        const { p50Ms, p99Ms, p999Ms, maxMs } = this.read();
        quantiles.set({ quantile: "0.5" }, p50Ms / 1000);
        quantiles.set({ quantile: "0.99" }, p99Ms / 1000);
        quantiles.set({ quantile: "0.999" }, p999Ms / 1000);
        quantiles.set({ quantile: "1" }, maxMs / 1000);
      },
    });
  }

  /** Measurements since the last `read`. */
  get samples(): number {
    return this.#histogram.count;
  }

  /** What was measured since the last call, all 0 when nothing was; begins anew. */
  read(): EventLoopDelays {
    const histogram = this.#histogram;
    const late = (ns: number): number => (histogram.count === 0 ? 0 : ns / 1e6);
    const delays = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      p999Ms: late(histogram.percentile(99.9)),
      maxMs: late(histogram.max),
    };
    histogram.reset();
    return delays;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    // The least that a histogram takes is a nanosecond.
    this.#histogram.record(Math.max(1, Math.round((now - this.#dueAt) * 1e6)));
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.#used);
    this.#used = used;
    const ms = utilization < busyShare ? idleMs : busyMs;
    this.#dueAt = now + ms;
    this.#timer = this.#arm(ms);
  }

  /** It keeps no process alive. */
  #arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), ms).unref();
  }
}
