import { JobId } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Cluster } from "../../../src/client/cluster.ts";
import type { ScheduleOptions } from "../../../src/client/scheduleSpec.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import { Keeper } from "./keeper.ts";
import { payloadOfSchedule } from "./ownBytes.ts";
import { boundedQueue } from "./queueKeeper.ts";

const names = ["tick", "tock", "brief"];
/** Jobs of this one are forgotten soon after they ended. */
const brief = "brief";
const timeout = 6_000;

/** Somebody who puts, pauses and deletes schedules, and deletes them all in the end. */
export class ScheduleKeeper extends Keeper {
  #isDone = false;
  #extra = 0;
  /** Schedules of which an answer did not come: what is there may change behind its back. */
  readonly #unsure = new Set<string>();

  constructor(world: World, name: string) {
    super(world, name);
    const mayGo = boundedQueue(world) !== null;
    for (const each of names) world.oracle.expectOf(each, mayGo || each === brief);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  protected override async keep(cluster: Cluster): Promise<void> {
    const { host, world } = this.program;
    const { schedulesPaceMs } = world.mix.workload.features;
    while (!this.stopped) {
      const name = pick(host.random, names);
      await this.#on(name, () => this.#act(cluster, name));
      await host.sleep(schedulesPaceMs * 2 * host.random.next());
    }
    while (!(await this.#putAway(cluster))) await host.sleep(1_000);
    this.#isDone = true;
  }

  async #act({ schedules }: Cluster, name: string): Promise<void> {
    const { host, world } = this.program;
    const { random } = host;
    const dice = random.next();
    const by = { by: "keeper", why: "to see what happens", timeout };
    if (dice < 0.45) await this.#put({ schedules }, name);
    else if (dice < 0.6) await schedules.pause(name, by);
    else if (dice < 0.8) await schedules.resume(name, by);
    else if (dice < 0.88) await schedules.delete(name, { timeout });
    else if (dice < 0.95) {
      const { id } = await schedules.runNow(name, {
        id: `${name}/now-${world.base > 0 ? "again-" : ""}${++this.#extra}`,
        timeout,
      });
      world.oracle.enqueued(JobId(id), { id: JobId(id), state: "ready", existing: false }, null);
    } else {
      const all = await schedules.list({ upcoming: 2, timeout });
      if (new Set(all.map((each) => each.name)).size !== all.length)
        world.fail("a list names a schedule twice");
    }
  }

  /** Nobody else puts schedules: a look must show what was put (R12). */
  async #put({ schedules }: Pick<Cluster, "schedules">, name: string): Promise<void> {
    const { host, world } = this.program;
    const wanted = drawSchedule(host.random, name, world.mix.workload.queues);
    const put = await schedules.put(name, { ...wanted, by: "keeper", timeout });
    const { everyMs, overlap } = await schedules.get(name, { timeout });
    world.coverage.count("sdk", `schedule ${put.change}`);
    if (this.#unsure.has(name)) return;
    if (everyMs !== put.everyMs || overlap !== wanted.overlap)
      world.fail(
        `R12: schedule ${name} was put as ${JSON.stringify(put)}, and is every ${everyMs}, ${overlap}`,
      );
  }

  /** True once there is none, twice. */
  async #putAway({ schedules }: Cluster): Promise<boolean> {
    let left = 0;
    const isAnswered = await this.#on("all", async () => {
      const all = await schedules.list({ timeout });
      left = all.length;
      for (const { name } of all) await schedules.delete(name, { timeout });
    });
    return isAnswered && left === 0;
  }

  async #on(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const code = this.program.refused(error);
      // There may be no such schedule, and the queue may be closed.
      if (code !== "NOT_FOUND" && code !== "QUEUE_CLOSED") this.#unsure.add(what);
      return false;
    }
  }
}

function drawSchedule(random: Random, name: string, queues: number): ScheduleOptions {
  const kept = name === brief ? "400ms" : "30d";
  return {
    ...(random.next() < 0.7
      ? { every: pick(random, ["1s", "2s", "7s"]) }
      : { cron: pick(random, ["*/2 * * * * *", "*/5 * * * * *"]) }),
    queue: `q${random.below(queues)}`,
    data: payloadOfSchedule(name),
    overlap: pick(random, ["skip", "allow", "bufferOne"]),
    catchUp: pick(random, ["10s", "20s"]),
    jitter: pick(random, [0, 0, 500]),
    lease: 2_000,
    ...(random.next() < 0.7 && { retry: { maxAttempts: 3, initialBackoff: 100, maxBackoff: 500 } }),
    retention: kept,
    deadRetention: kept,
  };
}
