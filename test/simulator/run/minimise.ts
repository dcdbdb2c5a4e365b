import { isDeepStrictEqual } from "node:util";
import type { Fault } from "../faults/kinds.ts";
import { type RunOptions, type RunResult, runSeed } from "./run.ts";
import { type Case, ruleOf } from "./summary.ts";

/**
 * Leaves out what a failure does not need: faults (Zeller's ddmin: halves, quarters, ... single ones), then clients, then
 * time; and since one may be needed only for another that was left out later, anew until nothing more can go. Each step is
 * kept only when the same rule is still broken.
 */
export function minimise(failed: RunResult, tell: (line: string) => void, watch?: RunOptions["watch"]): Case {
  if (failed.failure === null)
    throw new Error(`seed ${failed.seed} does not fail: there is nothing to shrink`);
  const rule = ruleOf(failed.failure.what);
  let best: Case = {
    seed: failed.seed,
    why: failed.failure.what,
    mix: failed.mix,
    schedule: failed.schedule,
    scheduleAfter: failed.scheduleAfter,
  };
  const keepIfFails = (next: Omit<Case, "why">): boolean => {
    const { failure } = runSeed(watch === undefined ? next : { ...next, watch });
    if (failure === null || ruleOf(failure.what) !== rule) return false;
    best = { ...next, why: failure.what };
    return true;
  };
  /** Tries without each `size` faults in turn. */
  const leaveOut = (which: "schedule" | "scheduleAfter", size: number): void => {
    for (let start = 0; start < (best[which]?.length ?? 0); ) {
      const all = best[which] ?? [];
      const some: readonly Fault[] = [...all.slice(0, start), ...all.slice(start + size)];
      if (!keepIfFails({ ...best, [which]: some })) start += size;
    }
    const left = faultsOf(best);
    tell(`${left} of ${faultsOf(failed)} faults are left`);
  };
  for (const which of ["schedule", "scheduleAfter"] as const) {
    const { length } = best[which] ?? [];
    for (let size = Math.ceil(length / 2); size > 1; size = Math.ceil(size / 2)) leaveOut(which, size);
  }
  for (let before: Case | null = null; before !== best; ) {
    before = best;
    leaveOut("schedule", 1);
    leaveOut("scheduleAfter", 1);
    leaveOutClients(best, keepIfFails);
    shorten(best, keepIfFails);
  }
  return best;
}

function faultsOf({ schedule, scheduleAfter = [] }: Pick<Case, "schedule" | "scheduleAfter">): number {
  return schedule.length + scheduleAfter.length;
}

function leaveOutClients({ mix, ...rest }: Case, keepIfFails: (next: Case) => boolean): void {
  const { workload } = mix;
  const fewer = [
    { sdkClients: 0 },
    { sdkClients: 0, producers: 1 },
    { sdkClients: 0, producers: 1, workers: 1 },
  ];
  for (const few of fewer) {
    const less = { ...workload, ...few };
    if (isDeepStrictEqual(less, workload)) continue;
    keepIfFails({ ...rest, mix: { ...mix, workload: less } });
  }
}

function shorten({ mix, ...rest }: Case, keepIfFails: (next: Case) => boolean): void {
  for (const safetyMs of [5_000, 10_000, 20_000, 30_000]) {
    if (safetyMs < mix.safetyMs && keepIfFails({ ...rest, mix: { ...mix, safetyMs } })) return;
  }
}
