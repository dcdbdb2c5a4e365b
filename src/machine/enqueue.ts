import { LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import { refusedByBreaker } from "./breakerRules.ts";
import { refusedByQueue } from "./queueSettings.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueResult, JobSpec } from "./types.ts";

/** An id that is still known names the same job: nothing changes, so a repeated enqueue has one effect (R14). */
export function enqueue(state: MachineState, jobs: readonly JobSpec[]): EnqueueResult[] {
  return jobs.map((spec) => {
    const known = state.jobs.get(spec.id);
    if (known !== undefined) return { id: spec.id, state: known.state, existing: true };
    const refusal = refusedByQueue(state, spec) ?? refusedByBreaker(state, spec);
    if (refusal !== null) return { id: spec.id, state: "cancelled", existing: false, refusal };
    const dueAt = LogTimeMs(Math.max(spec.runAt, state.now + spec.delayMs));
    const slot = state.add(spec, dueAt);
    state.hash.mix(hash32(spec.id));
    state.hash.mix(spec.payload.length);
    return { id: spec.id, state: slot.state, existing: false };
  });
}
