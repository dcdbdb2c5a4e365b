import { type JobId, LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import { refusedByBreaker } from "./breakerRules.ts";
import { decide, dependenciesOf } from "./flows.ts";
import { refusedByQueue } from "./queueSettings.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueError, EnqueueResult, JobSpec, JobState, Refusal } from "./types.ts";

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
  const known = state.jobs.get(spec.id);
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
function answerOfHolder(state: MachineState, spec: JobSpec, holder: JobId): EnqueueResult | null {
  const slot = state.jobs.get(holder);
  const mode = spec.dedup?.mode ?? "return";
  if (mode === "reject") return refusedWith(spec, duplicate(spec, holder));
  const replaceable = slot !== undefined && slot.finishedAt === null && slot.state !== "running";
  if (mode === "replace" && replaceable) {
    state.finish(slot, "cancelled", `replaced by job ${spec.id}, which has the same dedup key`, null);
    state.aside.dedup.forget(slot);
    return null;
  }
  // Of one that retention has removed within its window nothing else is known.
  return { id: holder, state: slot?.state ?? "completed", existing: true };
}

function holderOf(state: MachineState, { queue, dedup }: JobSpec): JobId | null {
  if (dedup === undefined || dedup.mode === "force") return null;
  return state.aside.dedup.holder(queue, dedup.key, state.now);
}

/** Whatever other jobs there are. */
function notTakenIn(state: MachineState, spec: JobSpec): Refusal<EnqueueError> | null {
  return refusedByQueue(state, spec) ?? refusedByBreaker(state, spec);
}

function unknownDependency(
  { id: own, waitFor }: JobSpec,
  has: (id: JobId) => boolean,
): Refusal<EnqueueError> | null {
  const missing = waitFor?.ids.find((id) => !has(id));
  if (missing === undefined) return null;
  const message = `job ${own} is to wait for job ${missing}, which is not known: enqueue that one first`;
  return { code: "NOT_FOUND", message };
}

function duplicate({ dedup, queue }: JobSpec, holder: JobId): Refusal<EnqueueError> {
  const message = `job ${holder} holds the dedup key "${dedup?.key}" of queue ${queue}`;
  return { code: "DUPLICATE", message };
}

function refusedWith({ id }: JobSpec, refusal: Refusal<EnqueueError>): EnqueueResult {
  const state: JobState = "cancelled";
  return { id, state, existing: false, refusal };
}

/**
 * The answers when one of an atomic batch must be refused, else null. Looks ahead without changing anything: a key that
 * one of the batch takes counts as taken for those after it.
 */
function refusedAll(state: MachineState, jobs: readonly JobSpec[]): EnqueueResult[] | null {
  const ids = new Set<JobId>();
  const keys = new Map<string, JobId>();
  let refusals = 0;
  const answers = jobs.map((spec): EnqueueResult | null => {
    const same = state.jobs.view(spec.id);
    if (same !== undefined) return { id: spec.id, state: same.state, existing: true };
    if (ids.has(spec.id)) return null;
    const has = (id: JobId): boolean => ids.has(id) || state.jobs.has(id);
    const key = spec.dedup === undefined ? "" : `${spec.queue}\0${spec.dedup.key}`;
    const holder = keys.get(key) ?? holderOf(state, spec);
    const mode = spec.dedup?.mode ?? "force";
    const refusal =
      notTakenIn(state, spec) ??
      unknownDependency(spec, has) ??
      (mode === "reject" && holder !== null ? duplicate(spec, holder) : null);
    if (refusal !== null) {
      refusals += 1;
      return refusedWith(spec, refusal);
    }
    const answeredByHolder =
      holder !== null && (mode === "return" || !(ids.has(holder) || isReplaceable(state, holder)));
    if (mode !== "force" && !answeredByHolder) keys.set(key, spec.id);
    if (mode === "force" || !answeredByHolder) ids.add(spec.id);
    return null;
  });
  if (refusals === 0) return null;
  const message = `${refusals} of the ${jobs.length} jobs of this atomic batch are refused: none is taken in`;
  return answers.map((answer, i) => {
    const spec = jobs[i];
    if (answer !== null || spec === undefined) return answer as EnqueueResult;
    return refusedWith(spec, { code: "BATCH_REFUSED", message });
  });
}

/** One that retention has removed within its window is not, either. */
function isReplaceable(state: MachineState, id: JobId): boolean {
  const known = state.jobs.view(id);
  return known !== undefined && known.state !== "running" && known.finishedAt === null;
}
