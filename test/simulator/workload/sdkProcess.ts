import { JobId } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import type { Cluster } from "../../../src/client/cluster.ts";
import type { Enqueued, JobHandle } from "../../../src/client/handle.ts";
import type { JobOptions } from "../../../src/client/jobSpec.ts";
import { NonRetryableError, RetryAfterError } from "../../../src/client/outcome.ts";
import type { WorkerJob, WorkOptions } from "../../../src/client/workerTypes.ts";
import { dedupModes } from "../../../src/machine/types.ts";
import type { PendingCall } from "../checkers/clientOracle.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { Host } from "../time/host.ts";
import type { Operation } from "./history.ts";
import type { Saved } from "./ownBytes.ts";
import type { Program } from "./program.ts";

const timeout = 8_000;
/** The job is not there, says the answer. */
const refusals: ReadonlySet<string> = new Set(["DUPLICATE", "BREAKER_OPEN", "QUEUE_CLOSED"]);

/** What outlives each process of a program: the ids that it has given, and whether it is to make more jobs. */
export interface SdkLedger {
  made: number;
  stopped: boolean;
}

/** One life of a program that uses the SDK as its manual says: it enqueues, works and looks, and leaves all trouble to the SDK. */
export class SdkProcess {
  readonly #program: Program;
  readonly #ledger: SdkLedger;
  #cluster: Cluster | null = null;
  /** Jobs whose results it waits for, for as long as it takes. */
  readonly #awaited = new Set<JobId>();
  /** Jobs at work, by id and token. */
  readonly #held = new Set<string>();
  /** Jobs that were at work while it was stopped: what it says of them comes late. */
  readonly #slept = new Set<string>();

  constructor(program: Program, ledger: SdkLedger) {
    this.#program = program;
    this.#ledger = ledger;
  }

  get name(): string {
    return this.#program.name;
  }

  /** Each life is another holder of claims, and another client. */
  get #holder(): string {
    return `${this.name}/${this.#program.life}`;
  }

  get #world(): World {
    return this.#program.world;
  }

  get #host(): Host {
    return this.#program.host;
  }

  run(): void {
    this.#program.run((cluster) => {
      this.#cluster = cluster;
      this.#work(cluster);
      void (this.#ledger.stopped ? this.probe() : this.#produce(cluster));
    });
  }

  get awaited(): ReadonlySet<JobId> {
    return this.#awaited;
  }

  /** It dies between two of its turns. */
  kill(): void {
    if (!this.#host.alive) return;
    const { coverage, machineChecker } = this.#world;
    this.#host.kill();
    this.#awaited.clear();
    if (this.#held.size > 0) coverage.count("sdk", "killed with jobs at work");
    machineChecker.sdkLeases.onKilled(this.#held);
  }

  #work(cluster: Cluster): void {
    const { coverage } = this.#world;
    const options: WorkOptions<unknown, { token: number }> = {
      concurrency: 3,
      workerId: this.name,
      onAcknowledged: ({ jobId }) => {
        if (this.#slept.delete(jobId)) coverage.count("sdk after a pause", "accepted");
      },
      onError: ({ code }, { jobId }) => {
        if (jobId !== undefined && this.#slept.has(jobId)) coverage.count("sdk after a pause", code);
      },
    };
    const worker = cluster.work("sdk", options, (job) =>
      this.#handle(job).catch((error: unknown) => {
        // The job keeps what it failed with: that must not tell where this build lies, or it would be another run there.
        if (error instanceof Error) error.stack = "";
        throw error;
      }),
    );
    const program = this.#program;
    void worker.closed.catch((error: unknown) => program.refused(error));
  }

  async #handle(job: WorkerJob): Promise<{ token: number }> {
    const key = `${job.id}:${job.fencingToken}`;
    const { timeline, sdkPrograms } = this.#world;
    const begun = timeline.now;
    this.#held.add(key);
    sdkPrograms.onStarted(this.#host, key);
    try {
      return await this.#carryOut(job);
    } finally {
      this.#held.delete(key);
      sdkPrograms.onEnded(this.#host, key);
      if (this.#host.resumedAt > begun) this.#slept.add(job.id);
    }
  }

  async #carryOut(job: WorkerJob): Promise<{ token: number }> {
    const { oracle, coverage, sdkPrograms } = this.#world;
    const random = this.#host.random;
    const checkpoint = (job.checkpoint ?? null) as Saved | null;
    oracle.delivered(JobId(job.id), job.fencingToken, this.#holder, checkpoint);
    oracle.fences.writesOutside(JobId(job.id), job.fencingToken, this.#holder);
    if (JSON.stringify(job.data) !== JSON.stringify({ of: job.id }))
      this.#world.fail(`R13: job ${job.id} is handed out with ${JSON.stringify(job.data)}`);
    this.#checkDependencies(job);
    if (!this.#world.healed) await this.#useFeatures(job);
    await this.#host.sleep(this.#world.healed ? 10 : 400 * random.next());
    if (!this.#world.healed && random.next() < 0.1) throw new Error("did not work");
    // Longer than its lease, which the SDK renews meanwhile.
    if (!this.#world.healed && random.next() < 0.15) await this.#host.sleep(job.leaseMs * 1.5);
    if (job.signal.aborted) coverage.count("sdk", "told to stop a job");
    else sdkPrograms.onGoesOn(this.#host, `${job.id}:${job.fencingToken}`);
    coverage.count("sdk", "job handled");
    return { token: job.fencingToken };
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
    const id = JobId(`${this.name}-${++this.#ledger.made}`);
    const ids = [JobId(`${id}a`), JobId(`${id}b`)];
    for (const each of [id, ...ids]) oracle.expect(each, false);
    const jobOf = (each: JobId) => ({ ...this.#options(each), id: each, queue: "sdk", data: { of: each } });
    const children = ids.map(jobOf);
    const plain = { dedup: undefined };
    const since = this.#world.timeline.now;
    const calls = new Map([id, ...ids].map((each) => [each, this.#begin(each, "enqueue", { flow: id })]));
    try {
      const flow = await cluster.flow(
        { ...jobOf(id), ...plain, children: children.map((child) => ({ ...child, ...plain })) },
        { timeout: 8_000 },
      );
      for (const { job } of [flow, ...flow.children]) {
        this.#accepted(JobId(job.id), job, since, calls.get(JobId(job.id)));
        void this.#await(job);
      }
      coverage.count("sdk", "flow enqueued");
    } catch (error) {
      this.#onError(id, error);
    }
  }

  #begin(key: JobId, op: Operation["op"], argument: unknown): PendingCall {
    return this.#world.oracle.begin({ client: this.#holder, key, op, argument });
  }

  /** The SDK may have asked more than once: what a try before has done is no answer to this call, but a look at the job. */
  #accepted(asked: JobId, job: Enqueued, since: number, call: PendingCall | undefined): void {
    const { oracle } = this.#world;
    const { state, existing } = job;
    const id = JobId(job.id);
    if (id === asked && existing) oracle.saw(this.#holder, id, state, since);
    else call?.returned({ id, state, existing });
    oracle.enqueued(asked, { id, state, existing }, since);
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
    while (!this.#ledger.stopped) {
      await this.#host.sleep(1_500 * this.#host.random.next());
      if (this.#host.random.next() < this.#world.mix.workload.features.flows / 2) {
        await this.#flow(cluster);
        continue;
      }
      const id = await this.#enqueue(cluster);
      if (id === null) continue;
      if (this.#host.random.next() < 0.15) await this.#cancel(cluster, id);
      await this.#get(cluster, id);
    }
  }

  /** Null when it was not taken in, for all that is known. */
  async #enqueue(cluster: Cluster): Promise<JobId | null> {
    const { oracle, coverage, timeline } = this.#world;
    const id = JobId(`${this.name}-${++this.#ledger.made}`);
    oracle.expect(id, false);
    const options = this.#options(id);
    const since = timeline.now;
    const call = this.#begin(id, "enqueue", options);
    try {
      const accepted = await cluster.jobs.enqueue("sdk", { of: id }, { ...options, timeout });
      const holder = JobId(accepted.id);
      this.#accepted(id, accepted, since, call);
      if (holder !== id) coverage.count("sdk", "answered with the holder of a dedup key");
      else coverage.count("sdk", accepted.existing ? "enqueued by a try before" : "enqueued");
      void this.#await(accepted);
      return holder;
    } catch (error) {
      if (refusals.has(this.#onError(id, error))) call.returned({ existing: false, state: "", refusal: {} });
      return null;
    }
  }

  async #cancel(cluster: Cluster, id: JobId): Promise<void> {
    const call = this.#begin(id, "cancel", { reason: "not wanted" });
    try {
      const [cancelled] = await cluster.jobs.cancel(id, { reason: "not wanted", timeout });
      const { state, error } = cancelled ?? {};
      call.returned(error === undefined ? { ok: true, state } : { ok: false, code: error.code });
      this.#world.coverage.count("sdk", `cancelled: ${error?.code ?? state}`);
    } catch (error) {
      this.#onError(id, error);
    }
  }

  async #get(cluster: Cluster, id: JobId): Promise<void> {
    const call = this.#begin(id, "get", null);
    try {
      const { state } = await cluster.jobs.get(id, { timeout });
      call.returned({ state, token: null });
      this.#world.coverage.count("sdk", `saw its job ${state}`);
    } catch (error) {
      if (this.#onError(id, error) === "NOT_FOUND") call.returned(null);
      // A read that nobody saw the end of says nothing.
      else call.refused();
    }
  }

  /** Once all is mended: it is served like anybody else. What has broken before, and of which it heard or not, is no excuse. */
  async probe(): Promise<void> {
    const cluster = this.#cluster;
    if (cluster === null) return;
    const waiting = JobId(`${this.name}-probe`);
    this.#awaited.add(waiting);
    const { clientConnections, coverage } = this.#world;
    await this.#untilServed(cluster);
    coverage.count("sdk", "served after everything was mended");
    // No change of leaders comes any more, and nothing else that would have it open its streams anew.
    await this.#host.sleep(1_000);
    for (const connection of clientConnections) if (connection.client === this.#host) connection.reset();
    await this.#host.sleep(1_000);
    await this.#untilServed(cluster);
    coverage.count("sdk", "served after its idle streams were reset");
    this.#awaited.delete(waiting);
  }

  async #untilServed(cluster: Cluster): Promise<void> {
    while ((await this.#enqueue(cluster)) === null) await this.#host.sleep(500);
  }

  /** What it is told must be how the job ended. */
  async #await(job: JobHandle): Promise<void> {
    const id = JobId(job.id);
    this.#awaited.add(id);
    const call = this.#begin(id, "get", { until: "its end" });
    let told: string;
    try {
      told = `completed with ${JSON.stringify(await job.result())}`;
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.job === undefined) {
        call.refused();
        this.#onError(id, error);
        return;
      }
      told = error.job.state;
    } finally {
      this.#awaited.delete(id);
    }
    // A handler returns its token, and the job's last one is that of the attempt that completed it.
    const ended = this.#world.machineChecker.reference.jobs.get(id);
    const result = JSON.stringify({ token: ended?.lastToken });
    const token = told.startsWith("completed") ? Number(ended?.lastToken) : null;
    call.returned({ state: token === null ? told : "completed", token });
    const truth = ended?.state === "completed" ? `completed with ${result}` : ended?.state;
    if (told !== truth)
      this.#world.fail(`${this.name}: job ${id} is ${truth}, and its result() said ${told}`);
    this.#world.coverage.count("sdk", `result: ${ended?.state}`);
  }

  #onError(id: JobId, error: unknown): string {
    const code = this.#program.refused(error);
    if (code === "NOT_FOUND" && this.#world.oracle.isAcknowledged(id))
      this.#world.fail(`R12: job ${id} was acknowledged and then not found`);
    return code;
  }
}
