import type { JobId } from "../../../src/base/brands.ts";
import type { Dependency } from "../../../src/machine/types.ts";
import { hasEnded, type NaiveJob } from "./job.ts";
import type { World } from "./world.ts";

/** What somebody who waits for the job knows of it now. */
export function asOfNow(world: World, id: JobId): Dependency {
  const job = world.find(id);
  const state = job !== undefined && hasEnded(job) ? (job.state as Dependency["state"]) : null;
  return { id, state, result: job?.result ?? null, resultDropped: false, reason: "" };
}

const isBad = ({ state }: Dependency): boolean => state === "dead" || state === "cancelled";

/** What becomes of a waiting job by what it knows. */
export function decide(world: World, job: NaiveJob): void {
  const known = job.dependencies ?? [];
  const onFailure = job.spec.waitFor?.onFailure ?? "fail";
  if (known.some(isBad) && onFailure === "fail") return world.die(job);
  if (known.some(isBad) && onFailure === "cancel") return world.finish(job, "cancelled");
  if (known.some(({ state }) => state === null)) return;
  const { runAt, delayMs } = job.spec;
  world.begin(job, job.redrivenAt === null ? Math.max(runAt, job.enqueuedAt + delayMs) : 0);
  world.tell(job, job.state === "ready" ? "ready" : "scheduled");
}

export function hear(world: World, dependent: NaiveJob, of: NaiveJob): void {
  const { id } = of.spec;
  dependent.dependencies =
    dependent.dependencies?.map((each) => (each.id === id ? asOfNow(world, id) : each)) ?? null;
  decide(world, dependent);
}

/** All hear of all ends; returns how many did. */
export function settle(world: World): number {
  for (let told = 0; ; told++) {
    const ended = world.unheard();
    const [dependent] = ended === undefined ? [] : world.waitingFor(ended.spec.id);
    if (ended === undefined || dependent === undefined) return told;
    hear(world, dependent, ended);
  }
}
