import type { Act, ActResult, ClaimedJob, HeldClaim } from "../../../src/machine/types.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import type { WorkerHandle } from "../../../src/node/service.ts";
import type { World } from "../cluster/world.ts";
import { currentHost, type Host } from "../time/host.ts";
import { Client } from "./client.ts";
import type { Outsider } from "./outsider.ts";
import { resultOf, savedBytes, savedIn } from "./ownBytes.ts";

const callTimeoutMs = 2_500;
/** A stream on which nothing came for so long is left: its leader may be cut off. */
const silenceMs = 4_000;
const tries = 30;

/** One stream from its opening to its end, as both sides see it. */
interface Stream {
  readonly number: number;
  open: boolean;
  heardAt: number;
  handle: WorkerHandle | null;
  serverHost: Host | null;
  node: ClusterNode | null;
  /** Jobs that the leader may still send without being told of more room. */
  credits: number;
}

/** A worker with a session, written against the node's own service: it also does what the SDK never would. */
export class Worker implements Outsider {
  readonly #world: World;
  readonly #client: Client;
  readonly #held = new Map<string, HeldClaim>();
  #session = 1;
  #streams = 0;
  #stream: Stream | null = null;
  #behaves = false;

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
    this.#session = 1 + this.#client.host.random.below(1_000_000_000);
    this.#streams = 0;
    this.#held.clear();
    this.#client.host.run(() => void this.#keepStream(this.#client.host));
  }

  /** From now on it completes what it gets, quickly. */
  behave(): void {
    this.#behaves = true;
    this.#client.leavesAbsentAlone = true;
  }

  kill(): () => void {
    // Its system ends the connection for it.
    if (this.#stream !== null) this.#leave(this.#stream);
    this.#client.restart();
    const next = this.#client.host;
    return () => {
      if (this.#client.host === next) this.start();
    };
  }

  async #keepStream(host: Host): Promise<void> {
    for (;;) {
      const stream = await this.#open();
      while (stream?.open === true) {
        await host.sleep(500);
        // A process that died is missed at once, by the reset of the connection, when its machine can say so.
        if (stream.serverHost?.alive !== true) this.#leave(stream);
        if (this.#world.timeline.now - stream.heardAt < silenceMs) continue;
        const answer = await this.#client.call(callTimeoutMs, (node) => stillLeads(node, stream));
        if (answer.type === "ok" && answer.value) stream.heardAt = this.#world.timeline.now;
        else this.#leave(stream);
      }
      await host.sleep(50 + 200 * host.random.next());
    }
  }

  async #open(): Promise<Stream | null> {
    const { workload } = this.#world.mix;
    const { host } = this.#client;
    const stream: Stream = {
      number: ++this.#streams,
      open: true,
      heardAt: this.#world.timeline.now,
      handle: null,
      serverHost: null,
      node: null,
      credits: Math.max(0, workload.concurrency - this.#held.size),
    };
    const queues = Array.from({ length: workload.queues }, (_, i) => `q${i}`);
    const held = stream.number > 1 ? [...this.#held.values()] : undefined;
    const { credits } = stream;
    this.#stream = stream;
    const to = this.#client.target;
    const { links } = this.#world;
    const tell = (run: () => void): void =>
      links.stream(to, this.name, () => {
        // What was sent by a process that is gone by now may be lost with it, or come: here it comes.
        if (stream.open) host.run(run);
      });
    const answer = await this.#client.call(callTimeoutMs, async (node) => {
      stream.node = node;
      stream.serverHost = currentHost();
      stream.handle = node.openWorker({
        workerId: this.name,
        queues,
        credits,
        stream: { session: this.#session, number: stream.number },
        ...(held === undefined ? {} : { held }),
        onJobs: (jobs) => tell(() => this.#onJobs(stream, jobs)),
        onClosed: () => tell(() => this.#leave(stream)),
      });
      const { number, handle } = stream;
      const { proposals } = this.#world.raftChecker;
      proposals.opened(this.name, { session: this.#session, number }, handle.term);
      return true;
    });
    if (answer.type === "ok") {
      this.#tellRoom();
      return stream;
    }
    this.#client.follow(answer.error);
    this.#leave(stream);
    return null;
  }

  #leave(stream: Stream): void {
    if (!stream.open) return;
    stream.open = false;
    if (this.#stream === stream) this.#stream = null;
    this.#client.lose();
    const { handle, serverHost } = stream;
    if (handle !== null && serverHost !== null) {
      this.#world.links.stream(this.name, serverHost.name.split("#")[0] ?? "", () =>
        serverHost.run(() => handle.close()),
      );
    }
  }

  #onJobs(stream: Stream, jobs: readonly ClaimedJob[]): void {
    stream.heardAt = this.#world.timeline.now;
    stream.credits = Math.max(0, stream.credits - jobs.length);
    for (const job of jobs) {
      const { checkpoint } = job;
      const saved = checkpoint === undefined ? null : savedIn(job.id, checkpoint.data);
      if (checkpoint !== undefined && saved === null)
        this.#world.fail(`R13: job ${job.id} is handed out with saved work that nobody saved for it`);
      this.#world.oracle.hasPayload(job.id, job.payload);
      if (job.dependencies !== undefined) this.#world.oracle.toldHowOthersEnded(job.id, job.dependencies);
      const holder = `${this.name}/${this.#session}/${stream.number}`;
      this.#world.oracle.delivered(job.id, job.token, holder, saved);
      const key = `${job.id}/${job.token}`;
      if (this.#held.has(key)) continue;
      this.#held.set(key, { id: job.id, token: job.token });
      void this.#handle(job, key, holder);
    }
  }

  async #handle(job: ClaimedJob, key: string, holder: string): Promise<void> {
    const { workload } = this.#world.mix;
    const { host } = this.#client;
    const { random } = host;
    const { coverage, oracle } = this.#world;
    const { id, token } = job;
    oracle.fences.writesOutside(id, token, holder);
    const dice = this.#behaves ? 1 : random.next();
    let bound = workload.crash;
    if (dice < bound) {
      coverage.count("worker", "crashed");
      const again = this.kill();
      const next = this.#client.host;
      next.after(200 + 2_000 * next.random.next(), again);
      return;
    }
    bound += workload.stall;
    if (dice < bound) {
      // Sleeps through its lease, and then comes with what it believes to have done.
      coverage.count("worker", "stalled");
      await host.sleep(job.leaseMs * (1 + 2 * random.next()));
      oracle.fences.writesOutside(id, token, holder);
    } else await this.#work(job, this.#behaves ? 20 : workload.workMs * random.next());
    await this.#settle(key, this.#ending(job, dice, bound));
    this.#tellRoom();
  }

  /** Extends the lease in time, and saves what it has, every so often. */
  async #work(job: ClaimedJob, workMs: number): Promise<void> {
    const { host } = this.#client;
    const { checkpoints } = this.#world.mix.workload.features;
    let saves = host.random.next() < checkpoints;
    const longest = saves ? Math.min(job.leaseMs / 3, Math.max(5, workMs / 3)) : job.leaseMs / 3;
    let left = workMs;
    for (let n = 1; left > 0; n++) {
      const part = Math.min(left, longest);
      await host.sleep(part);
      left -= part;
      if (left > 0) void this.#act({ type: "extend", id: job.id, token: job.token });
      if (saves) saves = await this.#save(job, n);
    }
  }

  /** False when nobody knows: the next one might be overtaken by this one. */
  async #save({ id, token }: ClaimedJob, step: number): Promise<boolean> {
    const saved = { token: Number(token), step };
    void this.#act({ type: "progress", id, token, percent: Math.min(100, 10 * step), note: `${step}` });
    const result = await this.#act({ type: "checkpoint", id, token, data: savedBytes(id, saved) });
    if (result?.ok !== true) return false;
    this.#world.oracle.saved(id, saved);
    return true;
  }

  #ending({ id, token }: ClaimedJob, dice: number, from: number): Act {
    const { fail, release, features } = this.#world.mix.workload;
    const { random } = this.#client.host;
    if (dice >= from && dice < from + fail) {
      const retryAfterMs = random.next() < 0.2 ? random.below(1_000) : null;
      return { type: "fail", id, token, error: "did not work", retryable: random.next() < 0.8, retryAfterMs };
    }
    if (dice >= from + fail && dice < from + fail + release) return { type: "release", id, token };
    if (!this.#behaves && random.next() < features.snooze)
      return { type: "release", id, token, delayMs: 1 + random.below(3_000) };
    return { type: "complete", id, token, result: resultOf(id, token) };
  }

  /** Says it until somebody answers: an act is idempotent by its token. */
  async #settle(key: string, act: Act): Promise<void> {
    const { host } = this.#client;
    for (let attempt = 0; attempt < tries || this.#behaves; attempt++) {
      const result = await this.#act(act);
      if (result !== null) {
        this.#held.delete(key);
        // Sometimes it says so once more, at once or much later: the answer must be the same.
        const dice = host.random.next();
        if (dice < 0.05) await this.#repeat(act, result);
        else if (dice < 0.2) host.after(20_000 * host.random.next(), () => void this.#repeat(act, result));
        return;
      }
      await host.sleep(50 + 300 * host.random.next());
    }
    this.#held.delete(key);
  }

  async #repeat(act: Act, first: ActResult): Promise<void> {
    const again = await this.#act(act);
    if (again === null) return;
    this.#world.coverage.count("act repeated", first.ok ? "accepted" : "refused");
    // Retention may have removed it meanwhile, and its id may stand for another job by now.
    const mayBeGone = this.#world.oracle.isShortLived(act.id);
    if (act.type === "complete" && first.ok && !again.ok && !mayBeGone) {
      this.#world.fail(
        `R14: ${act.type} of job ${act.id} with ${act.token} was accepted, and is refused when repeated: ${again.code}`,
      );
    }
  }

  /** Null: refused or unknown. */
  async #act(act: Act): Promise<ActResult | null> {
    const { oracle } = this.#world;
    const { type: op, id: key, token } = act;
    const call = oracle.begin({ client: this.name, key, op, argument: { token: Number(token) } });
    const answer = await this.#client.call(callTimeoutMs, (node) => node.act([act]));
    if (answer.type === "ok") {
      const result = answer.value[0];
      if (result === undefined) {
        this.#world.fail(`no result for an act on job ${key}`);
        return null;
      }
      call.returned(result.ok ? { ok: true } : { ok: false, code: result.code });
      oracle.acted(act, result);
      return result;
    }
    if (answer.type === "refused") call.refused();
    this.#client.follow(answer.error);
    return null;
  }

  /** More slots are free than the leader knows of. */
  #tellRoom(): void {
    const stream = this.#stream;
    if (stream === null || stream.handle === null || stream.serverHost === null) return;
    const { handle, serverHost } = stream;
    const count = this.#world.mix.workload.concurrency - this.#held.size - stream.credits;
    if (count <= 0) return;
    stream.credits += count;
    const to = serverHost.name.split("#")[0] ?? "";
    this.#world.links.stream(this.name, to, () => serverHost.run(() => handle.addCredits(count)));
  }
}

/** Whether the node that the stream was opened at is still the leader. */
async function stillLeads(node: ClusterNode, stream: Stream): Promise<boolean> {
  await node.readBarrier();
  return node === stream.node;
}
