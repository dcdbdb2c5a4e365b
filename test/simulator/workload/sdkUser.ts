import { JobId } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import type { Cluster } from "../../../src/client/cluster.ts";
import type { JobHandle } from "../../../src/client/handle.ts";
import type { JobOptions } from "../../../src/client/jobSpec.ts";
import { NonRetryableError, RetryAfterError } from "../../../src/client/outcome.ts";
import type { WorkerJob } from "../../../src/client/workerTypes.ts";
import { dedupModes } from "../../../src/machine/types.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { Host } from "../time/host.ts";
import type { Saved } from "./features.ts";
import { Program } from "./program.ts";

/** A program that uses the SDK as its manual says: it enqueues, works and looks, and leaves all trouble to the SDK. */
export class SdkUser {
  #program: Program;
  #made = 0;
  #stopped = false;
  /** Jobs whose results it waits for, for as long as it takes. */
  readonly #awaited = new Set<JobId>();

  constructor(world: World, name: string) {
    this.#program = new Program(world, name);
  }

  get name(): string {
    return this.#program.name;
  }

  get #world(): World {
    return this.#program.world;
  }

  get #host(): Host {
    return this.#program.host;
  }

  start(): void {
    const { world, name } = this.#program;
    this.#program.onGone = () => {
      this.#awaited.clear();
      this.#program = new Program(world, name);
      this.start();
    };
    this.#program.run((cluster) => {
      this.#work(cluster);
      void this.#produce(cluster);
    });
  }

  get awaited(): ReadonlySet<JobId> {
    return this.#awaited;
  }

  stop(): void {
    this.#stopped = true;
  }

  #work(cluster: Cluster): void {
    const { oracle, coverage } = this.#world;
    const random = this.#host.random;
    const handle = async (job: WorkerJob): Promise<{ token: number }> => {
      const checkpoint = (job.checkpoint ?? null) as Saved | null;
      oracle.delivered(JobId(job.id), job.fencingToken, this.name, checkpoint);
      oracle.writesOutside(JobId(job.id), job.fencingToken);
      this.#checkDependencies(job);
      if (!this.#world.healed) await this.#useFeatures(job);
      await this.#host.sleep(this.#world.healed ? 10 : 400 * random.next());
      if (!this.#world.healed && random.next() < 0.1) throw new Error("did not work");
      if (!this.#world.healed && random.next() < 0.05) await this.#host.sleep(job.leaseMs * 1.5);
      if (job.signal.aborted) coverage.count("sdk", "told to stop a job");
      coverage.count("sdk", "job handled");
      return { token: job.fencingToken };
    };
    const worker = cluster.work("sdk", { concurrency: 3, workerId: this.name }, (job) =>
      handle(job).catch((error: unknown) => {
        // The job keeps what it failed with: that must not tell where this build lies, or it would be another run there.
        if (error instanceof Error) error.stack = "";
        throw error;
      }),
    );
    const program = this.#program;
    void worker.closed.catch((error: unknown) => program.refused(error));
  }

  /** By default a job runs only when all that it waits for have completed, and it is given what they returned. */
  #checkDependencies({ id, dependencies }: WorkerJob): void {
    const { oracle, coverage, machineChecker } = this.#world;
    if (dependencies.length > 0) coverage.count("sdk", "job handled after those it waited for");
    oracle.toldHowOthersEnded(
      JobId(id),
      dependencies.map((each) => ({ id: JobId(each.id), state: each.state ?? null })),
    );
    for (const { id: other, state, result } of dependencies) {
      const token = machineChecker.reference.jobs.get(JobId(other))?.lastToken;
      const isRight = state === "completed" && JSON.stringify(result) === JSON.stringify({ token });
      if (!isRight)
        this.#world.fail(
          `job ${id} runs after ${other}: ${state}, ${JSON.stringify(result)}, token ${token}`,
        );
    }
  }

  /** A job and two others that it waits for, all or none. */
  async #flow(cluster: Cluster): Promise<void> {
    const { oracle, coverage } = this.#world;
    const id = JobId(`${this.name}-${++this.#made}`);
    const ids = [JobId(`${id}a`), JobId(`${id}b`)];
    for (const each of [id, ...ids]) oracle.expect(each, false);
    const jobOf = (each: JobId) => ({ ...this.#options(each), id: each, queue: "sdk", data: {} });
    const children = ids.map(jobOf);
    const plain = { dedup: undefined };
    try {
      const flow = await cluster.flow(
        { ...jobOf(id), ...plain, children: children.map((child) => ({ ...child, ...plain })) },
        { timeout: 8_000 },
      );
      for (const { job } of [flow, ...flow.children]) {
        const { state, existing } = job;
        oracle.enqueued(JobId(job.id), { id: JobId(job.id), state, existing }, null);
        void this.#await(job);
      }
      coverage.count("sdk", "flow enqueued");
    } catch (error) {
      this.#onError(id, error);
    }
  }

  /** What a handler may do beside its work. */
  async #useFeatures(job: WorkerJob): Promise<void> {
    const { oracle, coverage, mix } = this.#world;
    const { checkpoints, snooze } = mix.workload.features;
    const { random } = this.#host;
    for (let step = 1; random.next() < checkpoints; step++) {
      const saved = { token: job.fencingToken, step };
      job.progress(Math.min(100, step), "goes on");
      await job.saveCheckpoint(saved);
      oracle.saved(JobId(job.id), saved);
      coverage.count("sdk", "checkpoint saved");
    }
    if (random.next() < snooze) job.snooze(1 + random.below(1_500));
    if (random.next() < snooze / 4) throw new NonRetryableError("there is no use in it");
    if (random.next() < snooze / 2) throw new RetryAfterError("later", random.below(1_000));
  }

  #options(id: JobId): JobOptions {
    const { random } = this.#host;
    const { dedup, timeouts } = this.#world.mix.workload.features;
    const key = `s${random.below(3)}`;
    return {
      id,
      lease: pick(random, [1_000, 2_000]),
      retention: "30d",
      deadRetention: "30d",
      ...(random.next() < 0.8 && { retry: { maxAttempts: 5, initialBackoff: 100, maxBackoff: 1_000 } }),
      ...(random.next() < dedup && {
        dedup: { key, window: random.below(3_000), mode: pick(random, dedupModes) },
      }),
      ...(random.next() < timeouts && { timeouts: { attempt: 1_000, total: 20_000 } }),
    };
  }

  async #produce(cluster: Cluster): Promise<void> {
    const { oracle, coverage } = this.#world;
    while (!this.#stopped) {
      await this.#host.sleep(1_500 * this.#host.random.next());
      if (this.#host.random.next() < this.#world.mix.workload.features.flows / 2) {
        await this.#flow(cluster);
        continue;
      }
      const id = JobId(`${this.name}-${++this.#made}`);
      oracle.expect(id, false);
      try {
        const options = { ...this.#options(id), timeout: 8_000 };
        const accepted = await cluster.jobs.enqueue("sdk", { made: this.#made }, options);
        const { state: first, existing } = accepted;
        const holder = JobId(accepted.id);
        oracle.enqueued(id, { id: holder, state: first, existing }, null);
        if (holder !== id) coverage.count("sdk", "answered with the holder of a dedup key");
        else coverage.count("sdk", existing ? "enqueued by a try before" : "enqueued");
        void this.#await(accepted);
        const { state } = await cluster.jobs.get(holder, { timeout: 8_000 });
        coverage.count("sdk", `saw its job ${state}`);
      } catch (error) {
        this.#onError(id, error);
      }
    }
  }

  /** What it is told must be how the job ended. */
  async #await(job: JobHandle): Promise<void> {
    const id = JobId(job.id);
    this.#awaited.add(id);
    let told: string;
    try {
      told = `completed with ${JSON.stringify(await job.result())}`;
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.job === undefined) return this.#onError(id, error);
      told = error.job.state;
    } finally {
      this.#awaited.delete(id);
    }
    // A handler returns its token, and the job's last one is that of the attempt that completed it.
    const ended = this.#world.machineChecker.reference.jobs.get(id);
    const result = JSON.stringify({ token: ended?.lastToken });
    const truth = ended?.state === "completed" ? `completed with ${result}` : ended?.state;
    if (told !== truth)
      this.#world.fail(`${this.name}: job ${id} is ${truth}, and its result() said ${told}`);
    this.#world.coverage.count("sdk", `result: ${ended?.state}`);
  }

  #onError(id: JobId, error: unknown): void {
    if (this.#program.refused(error) !== "NOT_FOUND") return;
    if (this.#world.oracle.isAcknowledged(id))
      this.#world.fail(`R12: job ${id} was acknowledged and then not found`);
  }
}
