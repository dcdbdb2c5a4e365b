import { JobId, LogTimeMs } from "../../../src/base/brands.ts";
import type { Job, JobSpec } from "../../../src/machine/types.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { Host } from "../time/host.ts";
import { type Answer, Client } from "./client.ts";
import { binTag, redriveTag, withFeatures } from "./features.ts";
import type { Operation } from "./history.ts";
import type { Outsider } from "./outsider.ts";
import { bytesOf, isSame, resultOf } from "./ownBytes.ts";
import { boundedQueue } from "./queueKeeper.ts";

const callTimeoutMs = 4_000;
const tries = 6;
const none = new Uint8Array(0);
/** Longer than any clock is set forward. */
const keptMs = 30 * 24 * 3_600_000;

/** Enqueues, looks up, lists and cancels; asks again with the same ids when it does not know how a call ended. */
export class Producer implements Outsider {
  readonly #world: World;
  readonly #client: Client;
  readonly #mine: JobId[] = [];
  #made = 0;
  #stopped = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#client = new Client(world, name);
    world.outsiders.add(this);
  }

  get host(): Host {
    return this.#client.host;
  }

  get name(): string {
    return this.#client.name;
  }

  start(): void {
    this.#client.host.run(() => void this.#loop());
  }

  stop(): void {
    this.#stopped = true;
  }

  async #loop(): Promise<void> {
    const { host } = this.#client;
    const { paceMs } = this.#world.mix.workload;
    while (!this.#stopped) {
      await host.sleep(1 + paceMs * 2 * host.random.next());
      const dice = host.random.next();
      if (dice < 0.6 || this.#mine.length === 0) await this.#enqueue(this.#newJobs());
      else if (dice < 0.82) await this.#get(pick(host.random, this.#mine));
      else if (dice < 0.9) await this.#cancel(pick(host.random, this.#mine));
      else if (dice < 0.95) await this.#list();
      else await this.#enqueue([this.#spec(pick(host.random, this.#mine))]);
    }
  }

  #newJobs(): JobSpec[] {
    const { jobsPerCall } = this.#world.mix.workload;
    return Array.from({ length: 1 + this.#client.host.random.below(jobsPerCall) }, () => {
      const id = JobId(`${this.name}-${++this.#made}`);
      this.#mine.push(id);
      return this.#spec(id);
    });
  }

  /** A job's fields follow from its id, so that asking again asks for the same. */
  #spec(id: JobId): JobSpec {
    const { workload } = this.#world.mix;
    const random = this.#world.random(`job/${id}`);
    const shortLived = random.next() < workload.shortRetention;
    const queue = `q${random.below(workload.queues)}`;
    const plain: JobSpec = {
      id,
      queue,
      priority: pick(random, ["high", "normal", "normal", "low"]),
      payload: bytesOf(id, random.below(workload.payloadBytes + 1)),
      agent: pick(random, ["", "a", "b"]),
      runAt: LogTimeMs(0),
      delayMs: random.next() < 0.2 ? random.below(3_000) : 0,
      retry: {
        maxAttempts: 1 + random.below(5),
        initialBackoffMs: pick(random, [0, 50, 500]),
        multiplier: pick(random, [1, 2]),
        maxBackoffMs: 3_000,
        jitter: pick(random, ["none", "equal", "full"]),
      },
      leaseMs: Math.max(400, Math.round(workload.leaseMs * (0.5 + random.next()))),
      retentionMs: shortLived ? random.below(4_000) : keptMs,
      deadRetentionMs: shortLived ? random.below(4_000) : keptMs,
    };
    const spec = withFeatures(plain, workload.features, this.#world.random(`job/${id}/features`));
    const { tags = [] } = spec;
    const mayGo = shortLived || queue === boundedQueue(this.#world) || tags.includes(binTag);
    const { payload } = spec;
    this.#world.oracle.expect(id, mayGo, { mayBeginAnew: tags.includes(redriveTag), payload });
    return spec;
  }

  async #enqueue(jobs: readonly JobSpec[]): Promise<void> {
    const { oracle, mix } = this.#world;
    const isAtomic = this.#client.host.random.next() < mix.workload.features.atomic;
    await this.#untilKnown(
      "enqueue",
      jobs.map(({ id }) => id),
      (asked) => {
        const job = jobs.find(({ id }) => id === asked);
        return { queue: job?.queue, dedup: job?.dedup, waitFor: job?.waitFor, isAtomic, calls: jobs.length };
      },
      (node) => node.enqueue(jobs, isAtomic),
      (result, id, since) => oracle.enqueued(id, result, since),
    );
  }

  async #cancel(id: JobId): Promise<void> {
    await this.#untilKnown(
      "cancel",
      [id],
      () => ({ reason: "not wanted" }),
      (node) => node.cancel([id], "not wanted"),
      () => undefined,
    );
  }

  async #get(id: JobId): Promise<void> {
    const call = this.#world.oracle.begin({ client: this.name, key: id, op: "get", argument: null });
    const answer = await this.#client.call(callTimeoutMs, async (node) => {
      await this.#world.readBarrier(node);
      return node.state.job(id) ?? null;
    });
    if (answer.type !== "ok") {
      // A read that nobody saw the end of says nothing.
      call.refused();
      return this.#move(answer);
    }
    const job = answer.value;
    this.#world.coverage.count("read", job === null ? "job not found" : job.state);
    call.returned(job === null ? null : { state: job.state, token: Number(job.lastToken) });
    if (job !== null) this.#checkContents(job);
  }

  #checkContents({ spec: { id, payload }, state, lastToken, result }: Job): void {
    const { oracle } = this.#world;
    oracle.hasPayload(id, payload);
    const isRight = state !== "completed" || isSame(result ?? none, resultOf(id, lastToken));
    if (!isRight)
      this.#world.fail(`R13: job ${id} is shown with a result that token ${lastToken} did not give`);
  }

  /** A page of all jobs must agree with itself. */
  async #list(): Promise<void> {
    const answer = await this.#client.call(callTimeoutMs, async (node) => {
      await this.#world.readBarrier(node);
      return node.state.list({ limit: 50 }).map(({ spec }) => spec.id);
    });
    if (answer.type !== "ok") return this.#move(answer);
    if (new Set(answer.value).size !== answer.value.length) this.#world.fail("Q1: a list names a job twice");
  }

  /** The same call again while its end is unknown or it was refused; each try is an operation of its own. */
  async #untilKnown<Result>(
    op: Operation["op"],
    ids: readonly JobId[],
    argumentOf: (id: JobId) => unknown,
    work: (node: ClusterNode) => Promise<readonly Result[]>,
    onResult: (result: Result, id: JobId, since: number) => void,
  ): Promise<void> {
    const { host } = this.#client;
    for (let attempt = 0; attempt < tries; attempt++) {
      const since = this.#world.timeline.now;
      const calls = ids.map((key) =>
        this.#world.oracle.begin({ client: this.name, key, op, argument: argumentOf(key) }),
      );
      const answer = await this.#client.call(callTimeoutMs, work);
      calls.forEach((call, i) => {
        if (answer.type === "refused") call.refused();
        if (answer.type !== "ok") return;
        const [result, id] = [answer.value[i], ids[i]];
        if (result === undefined || id === undefined) return this.#world.fail(`no result for job ${id}`);
        call.returned(result);
        onResult(result, id, since);
      });
      if (answer.type === "ok") return;
      this.#world.coverage.count("call", answer.type);
      this.#move(answer);
      if (answer.type === "unknown" && host.random.next() < 0.2) return;
      await host.sleep(20 + 200 * host.random.next());
    }
  }

  #move(answer: Exclude<Answer<unknown>, { readonly type: "ok" }>): void {
    this.#client.follow(answer.error);
  }
}
