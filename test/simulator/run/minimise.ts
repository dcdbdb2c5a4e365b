import type { Fault } from "../faults/kinds.ts";
import { type RunResult, runSeed } from "./run.ts";
import { type Case, ruleOf } from "./summary.ts";

/**
 * Leaves out what a failure does not need: faults (Zeller's ddmin: halves, quarters, ... single ones), then time, then
 * clients. Each step is kept only when the same rule is still broken.
 */
export function minimise(failed: RunResult, tell: (line: string) => void): Case {
  if (failed.failure === null)
    throw new Error(`seed ${failed.seed} does not fail: there is nothing to shrink`);
  const rule = ruleOf(failed.failure.what);
  let best: Case = {
    seed: failed.seed,
    why: failed.failure.what,
    mix: failed.mix,
    schedule: failed.schedule,
  };
  const keepIfFails = (next: Omit<Case, "why">): boolean => {
    const { failure } = runSeed(next);
    if (failure === null || ruleOf(failure.what) !== rule) return false;
    best = { ...next, why: failure.what };
    return true;
  };
  for (
    let size = Math.ceil(best.schedule.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < best.schedule.length; ) {
      const schedule: readonly Fault[] = [
        ...best.schedule.slice(0, start),
        ...best.schedule.slice(start + size),
      ];
      if (!keepIfFails({ ...best, schedule })) start += size;
    }
    tell(`${best.schedule.length} of ${failed.schedule.length} faults are left`);
  }
  const { workload } = best.mix;
  const fewer = [
    { ...workload, sdkClients: 0 },
    { ...workload, sdkClients: 0, producers: 1 },
    { ...workload, sdkClients: 0, producers: 1, workers: 1 },
  ];
  for (const less of fewer) keepIfFails({ ...best, mix: { ...best.mix, workload: less } });
  for (const safetyMs of [5_000, 10_000, 20_000, 30_000]) {
    if (safetyMs < best.mix.safetyMs && keepIfFails({ ...best, mix: { ...best.mix, safetyMs } })) break;
  }
  return best;
}
