import type { Random } from "../../../src/base/random.ts";
import type { Cluster } from "../../../src/client/cluster.ts";
import type { QueueChange } from "../../../src/client/queues.ts";
import type { QueueSettings } from "../../../src/client/queueView.ts";
import type { RetryOptions } from "../../../src/client/retryOptions.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import { Keeper } from "./keeper.ts";

const agents = ["a", "b"];
/** Calls that take longer are given up: nobody knows then. */
const timeout = 6_000;
/** One that opened often and then by the default would stay open for longer than anybody waits in the end. */
const lenient = { threshold: 5, initialOpen: 200, maxOpen: 2_000 };
const byWhom = { by: "keeper", why: "to see what happens" };

/** An operator who limits, pauses and closes queues and opens breakers, and puts all in order in the end. */
export class QueueKeeper extends Keeper {
  readonly #queues: readonly string[];
  #isDone = false;
  /** Queues of which an answer did not come: what is set there may change behind its back. */
  readonly #unsure = new Set<string>();

  constructor(world: World, name: string) {
    super(world, name);
    const { workload } = world.mix;
    this.#queues = ["sdk", ...Array.from({ length: workload.queues }, (_, i) => `q${i}`)];
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  protected override async keep(cluster: Cluster): Promise<void> {
    const { host, world } = this.program;
    const { settingsPaceMs } = world.mix.workload.features;
    while (!this.stopped) {
      await host.sleep(settingsPaceMs * 2 * host.random.next());
      const dice = host.random.next();
      if (dice < 0.5) await this.#limit(cluster, pick(host.random, this.#queues));
      else if (dice < 0.75) await this.#halt(cluster, pick(host.random, this.#queues));
      else await this.#switch(cluster, pick(host.random, agents));
    }
    await this.#untilDone(async () => this.#putInOrder(cluster));
    this.#isDone = true;
  }

  async #limit(cluster: Cluster, queue: string): Promise<void> {
    const { host, world } = this.program;
    const change = drawChange(host.random, queue === boundedQueue(world));
    await this.#on(queue, async () => {
      const told = await cluster.queues.set(queue, change, { timeout });
      await this.#check(cluster, queue, told);
    });
  }

  /** Paused, or closed, for a while. */
  async #halt(cluster: Cluster, queue: string): Promise<void> {
    const { queues } = cluster;
    const { host } = this.program;
    const pauses = host.random.next() < 0.6;
    await this.#on(queue, async () => {
      const halt = { ...byWhom, timeout };
      const told = await (pauses ? queues.pause(queue, halt) : queues.close(queue, halt));
      await host.sleep(3_000 * host.random.next());
      await this.#check(cluster, queue, told);
      if (host.random.next() < 0.2) return;
      await (pauses ? queues.resume(queue, halt) : queues.open(queue, halt));
    });
  }

  async #switch({ breakers }: Cluster, agent: string): Promise<void> {
    const { random } = this.program.host;
    const options = { ...byWhom, timeout };
    await this.#on(`breaker ${agent}`, async () => {
      if (random.next() < 0.4) await breakers.reset(agent, options);
      else if (random.next() < 0.3) await breakers.open(agent, options);
      else await breakers.open(agent, { ...options, for: 1 + random.below(3_000) });
    });
  }

  /** Nobody else sets queues: a look must show what was told (R12). */
  async #check({ queues }: Cluster, queue: string, told: QueueSettings): Promise<void> {
    if (this.#unsure.has(queue)) return;
    const { settings } = await queues.get(queue, { timeout });
    const [is, should] = [JSON.stringify(settings), JSON.stringify(told)];
    if (is !== should)
      this.program.world.fail(`R12: queue ${queue} was set to ${should}, and a look shows ${is}`);
    this.program.world.coverage.count("sdk", "saw the settings of a queue");
  }

  async #on(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.program.refused(error);
      this.#unsure.add(what);
    }
  }

  /** Nothing holds jobs up for good any more. */
  async #putInOrder({ queues, breakers }: Cluster): Promise<void> {
    for (const queue of this.#queues) {
      await queues.set(queue, { rate: null, ratePerKey: null, breaker: lenient }, { timeout });
      await queues.resume(queue, { ...byWhom, timeout });
      await queues.open(queue, { ...byWhom, timeout });
    }
    for (const { agent, state } of await breakers.list({ timeout })) {
      if (state === "open") await breakers.reset(agent, { ...byWhom, timeout });
    }
  }

  async #untilDone(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        this.program.refused(error);
        await this.program.host.sleep(500);
      }
    }
  }
}

/** The one queue that keeps only so many ended jobs, in runs that have one. */
export function boundedQueue({ mix }: World): string | null {
  const { features, queues } = mix.workload;
  return features.bounds && features.settingsPaceMs > 0 ? `q${queues - 1}` : null;
}

function drawChange(random: Random, isBounded: boolean): QueueChange {
  const rate = () =>
    pick(random, [null, { limit: 1 + random.below(5), interval: pick(random, [200, 1_000, 3_000]) }]);
  const changes: readonly (() => QueueChange)[] = [
    () => ({ maxRunning: pick(random, [0, 1, 3]) }),
    () => ({ maxRunningPerAgent: pick(random, [0, 1, 2]) }),
    () => ({ maxRunningPerKey: pick(random, [0, 1, 2]) }),
    () => ({ rate: rate() }),
    () => ({ ratePerKey: rate() }),
    () => ({ fair: random.next() < 0.7, weights: { t0: 1 + random.below(5), t1: 1 + random.below(5) } }),
    () => ({ ageing: pick(random, [0, 100, 1_500]) }),
    () => ({
      breaker: {
        threshold: pick(random, [0, 1, 2, 4]),
        initialOpen: pick(random, [200, 1_500]),
        maxOpen: pick(random, [1_500, 6_000]),
      },
    }),
    () => ({ retry: drawPolicy(random) }),
    () =>
      isBounded
        ? { maxEnded: pick(random, [0, 2, 10]), maxEndedBytes: pick(random, [0, 400]) }
        : { fair: false },
  ];
  const some = [...changes].filter(() => random.next() < 0.3);
  return Object.assign({}, ...[pick(random, changes), ...some].map((draw) => draw())) as QueueChange;
}

function drawPolicy(random: Random): RetryOptions | null {
  if (random.next() < 0.3) return null;
  const backoff = pick(random, ["exponential", "linear", "fixed"] as const);
  return {
    maxAttempts: 1 + random.below(6),
    backoff,
    initialBackoff: 1 + random.below(500),
    maxBackoff: 2_000,
  };
}
