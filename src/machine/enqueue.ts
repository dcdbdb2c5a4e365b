import { LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import { duplicate, holderOf, notTakenIn, refusedWith, unknownDependency } from "./admission.ts";
import { refusedAll } from "./atomic.ts";
import { type KeyHolder, takesKey } from "./dedup.ts";
import { decide, dependenciesOf } from "./flows.ts";
import type { SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueResult, JobSpec } from "./types.ts";

/**
 * An id that is still known names the same job: nothing changes, so a repeated enqueue has one effect (R14). A dedup key
 * that is taken comes next. `atomic`: when one is refused none is taken in.
 */
export function enqueue(state: MachineState, jobs: readonly JobSpec[], atomic = false): EnqueueResult[] {
  if (atomic) {
    const refused = refusedAll(state, jobs);
    if (refused !== null) return refused;
  }
  return jobs.map((spec) => enqueueOne(state, spec));
}

function enqueueOne(state: MachineState, spec: JobSpec): EnqueueResult {
  const known = state.jobs.view(spec.id);
  if (known !== undefined) return { id: spec.id, state: known.state, existing: true };
  const refusal =
    notTakenIn(state, spec) ??
    (spec.waitFor === undefined ? null : unknownDependency(spec, (id) => state.jobs.has(id)));
  if (refusal !== null) return refusedWith(spec, refusal);
  const held = holderOf(state, spec);
  if (held !== null) {
    const answer = answerOfHolder(state, spec, held);
    if (answer !== null) return answer;
  }
  return takeIn(state, spec);
}

function takeIn(state: MachineState, spec: JobSpec): EnqueueResult {
  const dependencies = spec.waitFor === undefined ? null : dependenciesOf(state, spec.waitFor);
  const dueAt = LogTimeMs(Math.max(spec.runAt, state.now + spec.delayMs));
  const slot = state.add(spec, dueAt, dependencies);
  state.hash.mix(hash32(spec.id));
  state.hash.mix(spec.payload.length);
  if (dependencies !== null) decide(state, slot);
  return { id: spec.id, state: slot.state, existing: false };
}

/** Null when the job is to be taken in all the same; one that it replaces is cancelled by then. */
function answerOfHolder(state: MachineState, spec: JobSpec, holder: KeyHolder): EnqueueResult | null {
  const { id } = holder;
  const known = state.jobs.view(id);
  const slot = known !== undefined && (state.rules < 1 || isHolder(known, spec, holder)) ? known : undefined;
  const mode = spec.dedup?.mode ?? "return";
  if (mode === "reject") return refusedWith(spec, duplicate(spec, id));
  const replaceable = slot !== undefined && slot.finishedAt === null && slot.state !== "running";
  if (mode === "replace" && replaceable) {
    const replaced = state.jobs.wake(slot.row);
    state.finish(replaced, "cancelled", `replaced by job ${spec.id}, which has the same dedup key`, null);
    state.aside.dedup.forget(replaced);
    return null;
  }
  // Of one whose end was not remembered and that retention has removed within its window nothing else is known.
  return { id, state: holder.end ?? slot?.state ?? "completed", existing: true };
}

/** A window outlives its job, and the id may have been enqueued anew: for another queue, another key or none. */
function isHolder(known: SlotView, { queue, dedup }: JobSpec, { isActive }: KeyHolder): boolean {
  if (isActive) return true;
  return known.queue.name === queue && takesKey(known) && known.own?.dedup?.key === dedup?.key;
}
