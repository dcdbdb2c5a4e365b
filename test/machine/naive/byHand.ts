import type { JobId } from "../../../src/base/brands.ts";
import type { CancelResult, Manage, ManageResult } from "../../../src/machine/types.ts";
import { asOfNow, decide, hear } from "./flows.ts";
import { hasEnded, type NaiveJob } from "./job.ts";
import type { World } from "./world.ts";

export function cancel(world: World, id: JobId): CancelResult {
  const job = world.find(id);
  if (!job) return { ok: false, code: "NOT_FOUND", message: "" };
  if (job.state === "completed" || job.state === "dead") {
    return { ok: false, code: "JOB_TERMINAL", message: "" };
  }
  if (job.claim !== null && !job.cancelRequested) {
    job.cancelRequested = true;
    world.tell(job, "cancelRequested");
    world.tellHolder(job, job.claim, null);
  } else if (!hasEnded(job) && job.claim === null) {
    world.finish(job, "cancelled");
  }
  return { ok: true, state: job.state };
}

const wrong: ManageResult = { ok: false, code: "WRONG_STATE", message: "" };

export function manage(world: World, action: Manage["action"], id: JobId): ManageResult {
  const job = world.find(id);
  if (!job) return { ok: false, code: "NOT_FOUND", message: "" };
  if (action === "redrive") return redrive(world, job);
  if (action === "delete") return remove(world, job);
  if (job.state !== "scheduled") return wrong;
  world.ready(job, true);
  world.tell(job, "ready");
  return { ok: true, state: job.state };
}

function redrive(world: World, job: NaiveJob): ManageResult {
  if (job.state !== "dead" && job.state !== "cancelled") return wrong;
  // Within one command: who waits for it has not heard of its end yet.
  if (world.waitingFor(job.spec.id).length > 0) return wrong;
  const holder = world.holder(job.spec);
  if (holder !== null && holder !== job.spec.id) return wrong;
  const dependencies =
    job.dependencies?.map((each) => (world.find(each.id) ? asOfNow(world, each.id) : each)) ?? null;
  if (dependencies?.some((each) => each.state === null && !world.find(each.id))) return wrong;
  const isBad = dependencies?.some(({ state }) => state === "dead" || state === "cancelled");
  if (isBad === true && job.spec.waitFor?.onFailure !== "run") return wrong;
  Object.assign(job, { attempt: 0, dueAt: 0, finishedAt: null, cancelRequested: false, progress: null });
  Object.assign(job, { redrivenAt: world.now, lastDelayMs: 0, dependencies, state: "waiting" });
  if (dependencies === null) world.begin(job, 0);
  world.tell(job, "redriven");
  if (dependencies !== null) decide(world, job);
  return { ok: true, state: job.state };
}

function remove(world: World, job: NaiveJob): ManageResult {
  if (job.state === "running") return wrong;
  const dependents = world.waitingFor(job.spec.id);
  if (hasEnded(job) && dependents.length > 0) return wrong;
  if (!hasEnded(job)) world.finish(job, "cancelled");
  for (const each of dependents) if (each.state === "waiting") hear(world, each, job);
  world.freeKey(job);
  world.remove(job);
  return { ok: true, state: job.state };
}
