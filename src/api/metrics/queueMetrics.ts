import { Gauge, type Registry } from "prom-client";
import type { NodeService } from "../../node/service.ts";
import { otherLabel } from "./boundedLabels.ts";

type Stats = ReturnType<NodeService["state"]["queues"]>[number];

const priorities = ["high", "normal", "low"] as const;
const notReady = ["waiting", "scheduled", "running", "completed", "dead", "cancelled"] as const;

/** Queue depths and job counts; the `maxQueues` fullest queues by name, the rest together as `_other`. */
export function registerQueueMetrics(registry: Registry, node: NodeService, maxQueues: number): void {
  const depth = new Gauge({
    name: "conclave_queue_depth",
    help: "Jobs ready to be handed out, by queue and priority",
    labelNames: ["queue", "priority"],
    registers: [registry],
    collect: () => {
      depth.reset();
      for (const [queue, stats] of labelled(node.state.queues(), maxQueues)) {
        for (const priority of priorities) depth.inc({ queue, priority }, stats.ready[priority]);
      }
    },
  });
  const paused = new Gauge({
    name: "conclave_queue_paused",
    help: "1 for each queue that is paused",
    labelNames: ["queue"],
    registers: [registry],
    collect: () => {
      paused.reset();
      const names = node.state.queueNames().filter((name) => node.state.queueSettings(name).paused !== null);
      for (const queue of names.slice(0, maxQueues)) paused.set({ queue }, 1);
    },
  });
  const jobs = new Gauge({
    name: "conclave_jobs",
    help: "Jobs that are kept, by queue and state",
    labelNames: ["queue", "state"],
    registers: [registry],
    collect: () => {
      jobs.reset();
      for (const [queue, stats] of labelled(node.state.queues(), maxQueues)) {
        jobs.inc({ queue, state: "ready" }, readyJobs(stats));
        for (const state of notReady) jobs.inc({ queue, state }, stats[state]);
      }
    },
  });
}

/** Each queue's stats under the label it gets: its name among the fullest, `_other` beyond. */
function labelled(queues: readonly Stats[], max: number): readonly (readonly [string, Stats])[] {
  if (queues.length <= max) return queues.map((stats) => [stats.queue, stats]);
  const fullestFirst = [...queues].sort((a, b) => openJobs(b) - openJobs(a) || (a.queue < b.queue ? -1 : 1));
  return fullestFirst.map((stats, rank) => [rank < max ? stats.queue : otherLabel, stats]);
}

function readyJobs(stats: Stats): number {
  return stats.ready.high + stats.ready.normal + stats.ready.low;
}

function openJobs(stats: Stats): number {
  return readyJobs(stats) + stats.waiting + stats.scheduled + stats.running;
}
