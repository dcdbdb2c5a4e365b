import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import { type Fault, type FaultKind, faultKinds } from "./kinds.ts";

/** The schedule of a run: drawn ahead, so that it can be shown, replayed and shrunk. */
export function drawSchedule(world: World): Fault[] {
  const random = world.random("faults");
  const { faultPaceMs, safetyMs } = world.mix;
  // Cases of before say nothing of kinds that came later.
  const faults: Partial<Record<FaultKind, number>> = world.mix.faults;
  const total = faultKinds.reduce((sum, kind) => sum + (faults[kind] ?? 0), 0);
  const schedule: Fault[] = [];
  if (total === 0) return schedule;
  for (let at = random.next() * faultPaceMs; at < safetyMs; at += random.next() * 2 * faultPaceMs) {
    let dice = random.next() * total;
    const kind = faultKinds.find((each) => {
      dice -= faults[each] ?? 0;
      return dice < 0;
    });
    const lastsMs = pick(random, [100, 700, 3_000, 10_000]) * (0.2 + random.next());
    if (kind !== undefined) schedule.push({ at, kind, lastsMs, seed: random.below(2 ** 31) });
  }
  return schedule;
}
