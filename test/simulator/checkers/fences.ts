import type { JobId } from "../../../src/base/brands.ts";
import type { Command, Outcome } from "../../../src/machine/types.ts";
import type { World } from "../cluster/world.ts";

/** What a resource outside of the cluster has seen last of a job's workers. */
interface Fence {
  readonly token: number;
  readonly holder: string;
}

/**
 * Q4 and Q15: a token is in the hands of the worker that an entry gave it to, and is a fence. A resource outside, which
 * outlives clusters, turns away whoever comes with a lower one than it has seen: nobody who still holds the job.
 */
export class Fences {
  readonly #world: World;
  readonly #fences = new Map<JobId, Fence>();
  /** By job and token: the worker that the log gave it to. */
  readonly #claimants = new Map<string, string>();
  #highest = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Of the cluster that this one was made of: all tokens that it can have given out are below all of this one. */
  goOnFrom(before: Fences): void {
    for (const [id, fence] of before.#fences) this.#fences.set(id, fence);
    const { base } = this.#world;
    if (before.#highest > base)
      this.#world.fail(`Q12, Q15: token ${before.#highest} was given out, and the new log begins at ${base}`);
    this.#highest = before.#highest;
  }

  /** A command of an entry, and what it came to. */
  observe(command: Command, outcome: Outcome | undefined): void {
    if (command.type !== "claim" || outcome?.type !== "claim") return;
    for (const { id, token } of outcome.jobs) {
      this.#claimants.set(`${id}/${token}`, command.workerId);
      this.#highest = Math.max(this.#highest, token);
    }
  }

  delivered(id: JobId, token: number, workerId: string): void {
    const claimant = this.#claimants.get(`${id}/${token}`) ?? "nobody";
    if (claimant !== workerId)
      this.#world.fail(
        `Q4: ${workerId} is handed job ${id} with token ${token}, which ${claimant} was given`,
      );
  }

  /** The worker writes to the resource. */
  writesOutside(id: JobId, token: number, holder: string): void {
    const { coverage, machineChecker } = this.#world;
    const seen = this.#fences.get(id);
    const isTurnedAway = seen !== undefined && token < seen.token;
    coverage.count("outside sink", isTurnedAway ? "stale fence turned away" : "written");
    if (seen !== undefined && token === seen.token && holder !== seen.holder)
      this.#world.fail(`Q15: ${holder} and ${seen.holder} both write for job ${id} with token ${token}`);
    if (!isTurnedAway) {
      this.#fences.set(id, { token, holder });
      return;
    }
    // A claim that has ended may come late; one that is in force is newer than all that were written for.
    if (machineChecker.reference.jobs.get(id)?.claim?.token === token)
      this.#world.fail(
        `Q15: ${holder} holds job ${id} with token ${token}, and is turned away: ${seen.token} was seen`,
      );
  }
}
