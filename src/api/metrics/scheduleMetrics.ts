import { Counter, Gauge, type Registry } from "prom-client";
import type { Schedule } from "../../machine/types.ts";
import type { NodeService } from "../../node/service.ts";
import { otherLabel } from "./boundedLabels.ts";

const outcomes = ["fired", "skipped", "missed"] as const;

/** Of the cluster, by this node's applied state: the same on all nodes. The first `max` schedules by name have a label each. */
export function registerScheduleMetrics(registry: Registry, node: NodeService, max: number): void {
  const registers = [registry];
  const all = (): readonly Schedule[] =>
    node.state.scheduleNames().flatMap((name) => node.state.schedule(name) ?? []);
  const kept = new Gauge({
    name: "conclave_schedules",
    help: "Schedules: active, paused, and ended ones, which are never due again",
    labelNames: ["state"],
    registers,
    collect: () => {
      kept.reset();
      for (const state of ["active", "paused", "ended"] as const) kept.set({ state }, 0);
      for (const schedule of all()) kept.inc({ state: stateOf(schedule) });
    },
  });
  const firings = new Counter({
    name: "conclave_schedule_due_times_total",
    help: "Due times by what became of them: fired, skipped (overlap, or a refusal), or missed (too old to be made up for)",
    labelNames: ["schedule", "outcome"],
    registers,
    collect: () => {
      // The machine counts; the counter only carries what it counted.
      firings.reset();
      for (const [at, each] of all().entries()) {
        const schedule = at < max ? each.spec.name : otherLabel;
        for (const outcome of outcomes) firings.inc({ schedule, outcome }, each[outcome]);
      }
    },
  });
  const overdue = new Gauge({
    name: "conclave_schedules_overdue_seconds",
    help: "How long ago the oldest due time was that has not been dealt with; 0 for none",
    registers,
    collect: () => {
      const now = node.status().logTime;
      const oldest = all().reduce<number>((least, each) => {
        return each.paused === null && each.nextDueAt !== null ? Math.min(least, each.nextDueAt) : least;
      }, now);
      overdue.set((now - oldest) / 1000);
    },
  });
}

function stateOf({ paused, nextDueAt }: Schedule): "active" | "paused" | "ended" {
  if (paused !== null) return "paused";
  return nextDueAt === null ? "ended" : "active";
}
