import type { JobId } from "../../../src/base/brands.ts";
import type { EnqueueError, EnqueueResult, JobEnd, JobSpec } from "../../../src/machine/types.ts";
import { decide, dependencyOn } from "./flows.ts";
import { keyOf, ReferenceState } from "./state.ts";

export function enqueue(state: ReferenceState, specs: readonly JobSpec[], atomic: boolean): EnqueueResult[] {
  if (!atomic) return specs.map((spec) => enqueueOne(state, spec));
  const trial = tryOut(state, specs);
  if (trial.every(({ refusal }) => refusal === undefined))
    return specs.map((spec) => enqueueOne(state, spec));
  return specs.map((spec, i): EnqueueResult => {
    const known = state.jobs.get(spec.id);
    if (known !== undefined) return { id: spec.id, state: known.state, existing: true };
    return refusedWith(spec.id, trial[i]?.refusal?.code ?? "BATCH_REFUSED");
  });
}

/** On a copy of all that the batch may meet: whatever is refused there, nothing is done here. */
function tryOut(state: ReferenceState, specs: readonly JobSpec[]): EnqueueResult[] {
  const trial = new ReferenceState(state.limits);
  trial.now = state.now;
  trial.rules = state.rules;
  for (const [key, window] of state.windows) trial.windows.set(key, window);
  for (const spec of specs) {
    const named = [spec.id, ...(spec.waitFor?.ids ?? [])].flatMap((id) => state.jobs.get(id) ?? []);
    for (const job of [...named, ...state.holdersOf(keyOf(spec))]) trial.adopt(job);
    const window = state.jobs.get(state.windows.get(keyOf(spec))?.id ?? spec.id);
    if (window !== undefined) trial.adopt(window);
  }
  return specs.map((spec) => enqueueOne(trial, spec));
}

function enqueueOne(state: ReferenceState, spec: JobSpec): EnqueueResult {
  const known = state.jobs.get(spec.id);
  if (known !== undefined) return { id: spec.id, state: known.state, existing: true };
  const code = state.limits.refusal(spec);
  if (code !== null) return refusedWith(spec.id, code);
  if (spec.waitFor?.ids.some((id) => !state.jobs.has(id)) === true) return refusedWith(spec.id, "NOT_FOUND");
  const holder = holderOf(state, spec);
  if (holder !== null) {
    const named = state.jobs.get(holder);
    const job = named !== undefined && (state.rules < 1 || hasKey(named.spec, spec)) ? named : undefined;
    if (spec.dedup?.mode === "reject") return refusedWith(spec.id, "DUPLICATE");
    const mayReplace = job !== undefined && job.finishedAt === null && job.state !== "running";
    if (spec.dedup?.mode !== "replace" || !mayReplace)
      return { id: holder, state: endedAs(state, spec) ?? job?.state ?? "completed", existing: true };
    state.finish(job, "cancelled", "byHand");
    freeKey(state, job.spec);
  }
  return { id: spec.id, state: takeIn(state, spec), existing: false };
}

function takeIn(state: ReferenceState, spec: JobSpec) {
  const dependencies = spec.waitFor?.ids.map((id) => dependencyOn(state, id)) ?? null;
  const job = state.add(state.limits.taken(spec), dependencies);
  if (dependencies === null) state.begin(job, Math.max(spec.runAt, state.now + spec.delayMs));
  else decide(state, job);
  return job.state;
}

/** Not another job that has come to the id of one that had the key. */
function hasKey(named: JobSpec, wanting: JobSpec): boolean {
  return named.dedup !== undefined && named.dedup.mode !== "force" && keyOf(named) === keyOf(wanting);
}

/** How the holder ended, where it has and that is remembered. */
function endedAs(state: ReferenceState, spec: JobSpec): JobEnd | null {
  return state.holdersOf(keyOf(spec)).length > 0 ? null : (state.windows.get(keyOf(spec))?.end ?? null);
}

/** Which job has the dedup key that this one wants. */
export function holderOf(state: ReferenceState, spec: JobSpec): JobId | null {
  if (spec.dedup === undefined || spec.dedup.mode === "force") return null;
  const [active] = state.holdersOf(keyOf(spec));
  if (active !== undefined) return active.spec.id;
  const window = state.windows.get(keyOf(spec));
  return window !== undefined && window.until > state.now ? window.id : null;
}

/** The window of a job that is forgotten, or was replaced. */
export function freeKey(state: ReferenceState, spec: JobSpec): void {
  if (spec.dedup === undefined) return;
  if (state.rules >= 1 && spec.dedup.mode === "force") return;
  if (state.windows.get(keyOf(spec))?.id === spec.id) state.windows.delete(keyOf(spec));
}

function refusedWith(id: JobId, code: EnqueueError): EnqueueResult {
  return { id, state: "cancelled", existing: false, refusal: { code, message: "" } };
}
