import type { EnqueueError, EnqueueResult, JobSpec } from "../../../src/machine/types.ts";
import { asOfNow, decide } from "./flows.ts";
import { hasEnded } from "./job.ts";
import type { World } from "./world.ts";

export function enqueue(world: World, specs: readonly JobSpec[], atomic = false): EnqueueResult[] {
  return atomic ? enqueueAll(world, specs) : specs.map((spec) => enqueueOne(world, spec));
}

function enqueueOne(world: World, spec: JobSpec): EnqueueResult {
  const { id } = spec;
  const known = world.find(id);
  if (known) return { id, state: known.state, existing: true };
  const refused = world.limits.refusal(spec);
  if (refused) return refusal(spec, refused);
  if (spec.waitFor?.ids.some((each) => !world.find(each))) return refusal(spec, "NOT_FOUND");
  const holder = world.holder(spec);
  if (holder !== null) {
    const held = world.holderItself(spec);
    if (spec.dedup?.mode === "reject") return refusal(spec, "DUPLICATE");
    if (spec.dedup?.mode !== "replace" || !held || hasEnded(held) || held.state === "running") {
      return { id: holder, state: world.stateOfHolder(spec), existing: true };
    }
    world.finish(held, "cancelled");
    world.freeKey(held);
  }
  return takeIn(world, spec);
}

function takeIn(world: World, spec: JobSpec): EnqueueResult {
  const dependencies = spec.waitFor ? spec.waitFor.ids.map((id) => asOfNow(world, id)) : null;
  const job = world.add(world.limits.taken(spec));
  job.dependencies = dependencies;
  if (dependencies === null) world.begin(job, Math.max(spec.runAt, world.now + spec.delayMs));
  world.tell(job, "enqueued");
  if (dependencies !== null) decide(world, job);
  return { id: spec.id, state: job.state, existing: false };
}

/** Tried on a copy: what is refused there, nothing of it is done here. */
function enqueueAll(world: World, specs: readonly JobSpec[]): EnqueueResult[] {
  const trial = world.copy();
  const tried = specs.map((spec) => enqueueOne(trial, spec));
  if (!tried.some((each) => each.refusal !== undefined)) return specs.map((spec) => enqueueOne(world, spec));
  return specs.map((spec, i) => {
    const known = world.find(spec.id);
    if (known) return { id: spec.id, state: known.state, existing: true };
    return refusal(spec, tried[i]?.refusal?.code ?? "BATCH_REFUSED");
  });
}

function refusal({ id }: JobSpec, code: EnqueueError): EnqueueResult {
  return { id, state: "cancelled", existing: false, refusal: { code, message: "" } };
}
