import { type JobId, LogTimeMs } from "../../../src/base/brands.ts";
import type { CancelResult, Manage, ManageResult } from "../../../src/machine/types.ts";
import { freeKey, holderOf } from "./enqueue.ts";
import { decide, dependencyOn, tell } from "./flows.ts";
import { bySequence, type ReferenceJob } from "./job.ts";
import type { ReferenceState } from "./state.ts";

export function cancel(state: ReferenceState, id: JobId): CancelResult {
  const job = state.jobs.get(id);
  if (job === undefined) return { ok: false, code: "NOT_FOUND", message: "" };
  if (job.state === "completed" || job.state === "dead")
    return { ok: false, code: "JOB_TERMINAL", message: "" };
  if (job.state === "running") {
    job.cancelRequested = true;
    state.touch(job);
  } else if (job.state !== "cancelled") state.finish(job, "cancelled", "byHand");
  return { ok: true, state: job.state };
}

export function manage(state: ReferenceState, action: Manage["action"], id: JobId): ManageResult {
  const job = state.jobs.get(id);
  if (job === undefined) return { ok: false, code: "NOT_FOUND", message: "" };
  switch (action) {
    case "runNow":
      if (job.state !== "scheduled") return wrong();
      state.ready(job, "tail");
      return { ok: true, state: job.state };
    case "redrive":
      return redrive(state, job);
    case "delete":
      return forget(state, job);
  }
}

function redrive(state: ReferenceState, job: ReferenceJob): ManageResult {
  if (job.state !== "dead" && job.state !== "cancelled") return wrong();
  if (state.settling.has(job)) return wrong();
  const holder = holderOf(state, job.spec);
  if (holder !== null && holder !== job.spec.id) return wrong();
  const dependencies =
    job.dependencies?.map((each) => (state.jobs.has(each.id) ? dependencyOn(state, each.id) : each)) ?? null;
  if (dependencies?.some((each) => each.state === null && !state.jobs.has(each.id)) === true) return wrong();
  const hasFailed =
    dependencies?.some((each) => each.state === "dead" || each.state === "cancelled") === true;
  if (hasFailed && job.spec.waitFor?.onFailure !== "run") return wrong();
  const asNew = { attempt: 0, dueAt: LogTimeMs(0), finishedAt: null, cancelRequested: false, progress: null };
  state.move(job, "waiting");
  Object.assign(job, asNew, { lastDelayMs: 0, redrivenAt: state.now, cause: null, dependencies });
  state.move(job, "waiting");
  if (dependencies === null) state.begin(job, 0);
  else decide(state, job);
  return { ok: true, state: job.state };
}

function forget(state: ReferenceState, job: ReferenceJob): ManageResult {
  if (job.state === "running" || state.settling.has(job)) return wrong();
  const dependents = [...state.dependentsOf(job.spec.id)].sort(bySequence);
  if (job.finishedAt === null) state.finish(job, "cancelled", "byHand");
  for (const each of dependents) if (each.state === "waiting") tell(state, each, job);
  state.settling.delete(job);
  freeKey(state, job.spec);
  const { state: last } = job;
  state.remove(job);
  return { ok: true, state: last };
}

function wrong(): ManageResult {
  return { ok: false, code: "WRONG_STATE", message: "" };
}
