import type { MachineState } from "./state.ts";
import type { Kept } from "./view.ts";

export function keptIn({ queues, side, schedules, breakers, rates, aside, jobs }: MachineState): Kept {
  return {
    queues: queues.size,
    settings: side.queues.size,
    schedules: schedules.size,
    breakers: breakers.size,
    rates: rates.size,
    windows: aside.dedup.windows,
    hasQueue: (name) => queues.get(name) !== undefined,
    hasSettings: (queue) => side.queues.has(queue),
    hasSchedule: (name) => schedules.has(name),
    hasBreaker: (agent) => breakers.get(agent) !== undefined,
    hasRate: (queue, key) => rates.window(queue, key) !== undefined,
    hasJob: (id) => jobs.has(id),
    hasWindow: (queue, key) => aside.dedup.hasWindow(queue, key),
  };
}
