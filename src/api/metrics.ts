import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Longest } from "../base/stretches.ts";
import type { Telemetry } from "../node/ports.ts";
import type { NodeService } from "../node/service.ts";
import { BoundedLabels } from "./metrics/boundedLabels.ts";
import { EventLoopDelay } from "./metrics/eventLoopDelay.ts";
import { registerBreakerMetrics, registerNodeMetrics } from "./metrics/nodeMetrics.ts";
import { registerQueueMetrics } from "./metrics/queueMetrics.ts";
import { registerScheduleMetrics } from "./metrics/scheduleMetrics.ts";

export interface MetricsOptions {
  /** Queues, and schedules, that get a label of their own; default 200. The rest share `_other`. */
  readonly maxQueues?: number;
}

const secondsBuckets = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const sliceBuckets = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100, 200, 500, 1000].map(
  (ms) => ms / 1000,
);
const countBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const byteBuckets = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/**
 * One node's metrics, in a registry of their own. The driver reports events through `Telemetry`; what has a current
 * value is read from the node when somebody scrapes. Names begin with `conclave_`, times are in seconds.
 */
export class Metrics implements Telemetry {
  readonly registry = new Registry();
  readonly #maxQueues: number;
  readonly #queueLabels: BoundedLabels;
  readonly #eventLoopDelay: EventLoopDelay;

  readonly #fsync = this.#histogram("fsync_seconds", "One durable write of log entries", secondsBuckets);
  readonly #entries = this.#histogram(
    "durable_write_entries",
    "Log entries of one durable write",
    countBuckets,
  );
  readonly #bytes = this.#histogram("durable_write_bytes", "Bytes of one durable write", byteBuckets);
  readonly #append = this.#histogram("append_seconds", "Leader: from proposal to commit", secondsBuckets);
  readonly #turn = this.#histogram("turn_seconds", "One turn of the driver", secondsBuckets);
  readonly #turnEvents = this.#histogram("turn_events", "Events taken up in one turn", countBuckets);
  readonly #checkpoint = this.#histogram("checkpoint_seconds", "Writing one checkpoint", secondsBuckets);
  readonly #checkpointSlice = this.#histogram(
    "checkpoint_slice_seconds",
    "The longest time for which one checkpoint, from its cut to the removal of log entries, kept the event loop at a stretch",
    sliceBuckets,
  );
  readonly #checkpointOwnSlice = this.#histogram(
    "checkpoint_slice_own_seconds",
    "The same without the time for which the operating system gave the core to others (Linux; elsewhere that counts)",
    sliceBuckets,
  );
  readonly #checkpointRecords = this.#histogram("checkpoint_records", "Records written by one checkpoint", [
    ...countBuckets,
    100_000,
    1_000_000,
  ]);
  readonly #snapshotBytes = this.#counter(
    "snapshot_sent_bytes_total",
    "Bytes of snapshots read for members that lacked them, and for backups",
    [],
  );
  readonly #attempts = this.#counter("attempts_total", "Attempts begun, counted where they were handed out", [
    "queue",
  ]);
  readonly #failures = this.#counter(
    "attempt_failures_total",
    "Attempts that failed, by how: failed (the worker said so) or expired (its lease ran out)",
    ["queue", "end"],
  );
  readonly #late = this.#histogram(
    "schedule_late_seconds",
    "Leader: how long after its due time a schedule's job was enqueued; what was made up for after an outage included",
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600],
  );
  readonly #deaths = this.#counter("terminal_failures_total", "Jobs that ended dead", ["queue"]);

  constructor(options: MetricsOptions = {}) {
    this.#maxQueues = options.maxQueues ?? 200;
    this.#queueLabels = new BoundedLabels(this.#maxQueues);
    this.#eventLoopDelay = new EventLoopDelay(this.registry);
    registerProcessMetrics(this.registry);
  }

  /** From now on scrapes read this node as well. Call it once: the node needs its telemetry before it exists. */
  watch(node: NodeService): void {
    registerNodeMetrics(this.registry, node);
    registerBreakerMetrics(this.registry, node);
    registerQueueMetrics(this.registry, node, this.#maxQueues);
    registerScheduleMetrics(this.registry, node, this.#maxQueues);
  }

  /** Stops measuring the event loop. */
  close(): void {
    this.#eventLoopDelay.close();
  }

  durableWrite(ms: number, entries: number, bytes: number): void {
    this.#fsync.observe(ms / 1000);
    this.#entries.observe(entries);
    this.#bytes.observe(bytes);
  }

  commitLatency(ms: number): void {
    this.#append.observe(ms / 1000);
  }

  attemptsStarted(queue: string, count: number): void {
    this.#attempts.inc({ queue: this.#queueLabels.of(queue) }, count);
  }

  attemptFailed(queue: string, end: "failed" | "expired" | "timedOut"): void {
    this.#failures.inc({ queue: this.#queueLabels.of(queue), end });
  }

  jobDead(queue: string): void {
    this.#deaths.inc({ queue: this.#queueLabels.of(queue) });
  }

  scheduleFired(lateMs: number): void {
    this.#late.observe(lateMs / 1000);
  }

  checkpoint(ms: number, records: number, longest: Longest): void {
    this.#checkpoint.observe(ms / 1000);
    this.#checkpointSlice.observe(longest.ms / 1000);
    this.#checkpointOwnSlice.observe(longest.ownMs / 1000);
    this.#checkpointRecords.observe(records);
  }

  snapshotSent(bytes: number): void {
    this.#snapshotBytes.inc(bytes);
  }

  turn(ms: number, events: number): void {
    this.#turn.observe(ms / 1000);
    this.#turnEvents.observe(events);
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `conclave_${name}`, help, buckets, registers: [this.registry] });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `conclave_${name}`, help, labelNames, registers: [this.registry] });
  }
}

/**
 * Those of the process and of Node. Of the event loop there is `EventLoopDelay`; the library's own measure is left out, for
 * it wakes the process a hundred times a second: more often than all that an idle node does.
 */
function registerProcessMetrics(registry: Registry): void {
  const never = 2 ** 31 - 1;
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: never });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith("nodejs_eventloop_lag_")) registry.removeSingleMetric(name);
  }
}
