import type { JobId } from "../../../src/base/brands.ts";
import type { Dependency } from "../../../src/machine/types.ts";
import { byEnd, bySequence, type ReferenceJob } from "./job.ts";
import type { ReferenceState } from "./state.ts";

/** How the job ended, for one that waits for it. Texts are left out. */
export function dependencyOn(state: ReferenceState, id: JobId): Dependency {
  const job = state.jobs.get(id);
  const how = job !== undefined && job.finishedAt !== null ? (job.state as Dependency["state"]) : null;
  return {
    id,
    state: how,
    result: how === "completed" ? (job?.result ?? null) : null,
    resultDropped: false,
    reason: "",
  };
}

/** It waits: whether that is over, one way or the other. */
export function decide(state: ReferenceState, job: ReferenceJob): void {
  const { waitFor, runAt, delayMs } = job.spec;
  const ends = (job.dependencies ?? []).map((each) => each.state);
  const onFailure = waitFor?.onFailure ?? "fail";
  if (onFailure !== "run" && ends.some((end) => end === "dead" || end === "cancelled")) {
    state.finish(job, onFailure === "cancel" ? "cancelled" : "dead", "dependency");
  } else if (ends.every((end) => end !== null)) {
    state.begin(job, job.redrivenAt === null ? Math.max(runAt, job.enqueuedAt + delayMs) : 0);
  }
}

export function tell(state: ReferenceState, dependent: ReferenceJob, of: ReferenceJob): void {
  state.hears(dependent, dependencyOn(state, of.spec.id));
  decide(state, dependent);
}

/** Tells who waits, the first to end first, until all have heard or `limit` have; returns how many were told. */
export function settle(state: ReferenceState, limit = Number.POSITIVE_INFINITY): number {
  let told = 0;
  while (told < limit && state.settling.size > 0) {
    const [first] = [...state.settling].sort(byEnd);
    if (first === undefined) break;
    const [dependent] = [...state.dependentsOf(first.spec.id)].sort(bySequence);
    if (dependent === undefined) state.settling.delete(first);
    else {
      tell(state, dependent, first);
      told += 1;
    }
  }
  return told;
}
