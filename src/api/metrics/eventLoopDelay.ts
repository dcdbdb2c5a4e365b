import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

const resolutionMs = 20;

/**
 * How late the event loop runs its timers, in seconds, since the last scrape: p50, p99 and maximum. The monitor
 * measures from one of its own timers to the next, so its interval is taken off; what
 * falls between a scrape and the next of these timers is not measured.
 */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor(registry: Registry) {
    this.#histogram.enable();
    const quantiles = new Gauge({
      name: "conclave_event_loop_delay_seconds",
      help: "Delay of the event loop since the last scrape, by quantile; 1 is the maximum",
      labelNames: ["quantile"],
      registers: [registry],
      collect: () => {
        const { p50Ms, p99Ms, maxMs } = this.read();
        quantiles.set({ quantile: "0.5" }, p50Ms / 1000);
        quantiles.set({ quantile: "0.99" }, p99Ms / 1000);
        quantiles.set({ quantile: "1" }, maxMs / 1000);
      },
    });
  }

  /** Measurements since the last `read`. */
  get samples(): number {
    return this.#histogram.count;
  }

  /** What was measured since the last call, all 0 when nothing was; begins anew. */
  read(): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } {
    const histogram = this.#histogram;
    const late = (ns: number): number => (histogram.count === 0 ? 0 : Math.max(0, ns / 1e6 - resolutionMs));
    const delays = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
    histogram.reset();
    return delays;
  }

  close(): void {
    this.#histogram.disable();
  }
}
