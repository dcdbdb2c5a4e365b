import type { Cluster } from "../../../src/client/cluster.ts";
import type { JobFilter } from "../../../src/client/jobFilter.ts";
import type { Managed } from "../../../src/client/managing.ts";
import { pick } from "../run/mix.ts";
import { binTag, redriveTag, whimTag } from "./features.ts";
import { Keeper } from "./keeper.ts";

const timeout = 6_000;
const codes = new Set(["NOT_FOUND", "WRONG_STATE", "JOB_TERMINAL", "OUTCOME_UNKNOWN"]);

/** An operator who cancels, redrives and deletes jobs by filter, and lets scheduled ones run at once. */
export class JobKeeper extends Keeper {
  protected override async keep(cluster: Cluster): Promise<void> {
    const { host, world } = this.program;
    const { managePaceMs } = world.mix.workload.features;
    while (!this.stopped) {
      await host.sleep(managePaceMs * 2 * host.random.next());
      try {
        this.#check(await this.#act(cluster));
      } catch (error) {
        this.program.refused(error);
      }
    }
  }

  /** Deletes and redrives only what is meant for it: whoever looks for a job must know that it may be gone, or back. */
  async #act({ jobs }: Cluster): Promise<Managed> {
    const { host, world } = this.program;
    const { random } = host;
    const options = { by: "keeper", why: "to see", timeout, dryRun: random.next() < 0.1 };
    const queue = `q${random.below(world.mix.workload.queues)}`;
    const some: JobFilter = random.next() < 0.5 ? {} : { queue };
    const dice = random.next();
    if (dice < 0.3) return await jobs.redrive({ ...some, tag: redriveTag }, options);
    if (dice < 0.5) return await jobs.delete({ ...some, tag: binTag }, options);
    if (dice < 0.7) return await jobs.runNow({ ...some, state: "scheduled" }, options);
    if (dice < 0.9) return await jobs.cancelAll({ ...some, tag: whimTag }, options);
    // By their ids, whatever has become of them since.
    const found = await jobs.list({ tag: pick(random, [redriveTag, binTag]), limit: 20 }, { timeout });
    const ids = found.jobs.flatMap(({ id, tags }) => (tags.includes(redriveTag) ? [id] : []));
    const gone = found.jobs.flatMap(({ id, tags }) => (tags.includes(binTag) ? [id] : []));
    return gone.length > 0
      ? await jobs.delete(gone, options)
      : await jobs.redrive([...ids, "nobody"], options);
  }

  #check({ matched, done, jobs }: Managed): void {
    const { world } = this.program;
    if (done > matched) world.fail(`${done} jobs were acted upon, of ${matched}`);
    for (const { id, error } of jobs) {
      if (error !== undefined && !codes.has(error.code))
        world.fail(`job ${id} is refused with ${error.code}`, error);
    }
    world.coverage.count("sdk", done > 0 ? "jobs acted upon by filter" : "no job fits a filter");
  }
}
