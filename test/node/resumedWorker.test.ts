import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LogIndex, LogTimeMs, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { Machine } from "../../src/machine/index.ts";
import type { ClaimedJob, Command, HeldClaim, Outcome } from "../../src/machine/types.ts";
import { Dispatcher } from "../../src/node/dispatcher.ts";
import type { WorkerHandle } from "../../src/node/service.ts";
import { spec } from "../machine/harness.ts";

interface Pending {
  readonly command: Command;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: ConclaveError) => void;
}

const lost = new ConclaveError("OUTCOME_UNKNOWN", "the leader died");

/** The real dispatcher over the real machine; what is proposed takes effect when the test says so, or never. */
class OneLeaderAtATime {
  readonly machine = new Machine();
  dispatcher = this.#newLeader();
  #pending: Pending[] = [];
  #index = 0;

  /** The next `count` commands commit as one entry, and whoever proposed them hears of it. */
  commit(count: number): void {
    const entry = this.#pending.splice(0, count);
    const outcomes = this.#apply(entry);
    entry.forEach(({ resolve }, n) => {
      const outcome = outcomes[n];
      if (outcome !== undefined) resolve(outcome);
    });
  }

  /** The leader dies; the next one finds the first `count` of its commands in the log, the others nowhere. */
  failOver(count: number): void {
    const pending = this.#pending.splice(0);
    this.#apply(pending.slice(0, count));
    this.dispatcher = this.#newLeader();
    for (const { reject } of pending) reject(lost);
    this.#pending = [];
  }

  submit(
    command: Command,
    resolve: (outcome: Outcome) => void = () => undefined,
    reject: (error: ConclaveError) => void = () => undefined,
  ): void {
    this.#pending.push({ command, resolve, reject });
  }

  #apply(entry: readonly Pending[]): readonly Outcome[] {
    this.#index++;
    const commands = entry.map(({ command }) => command);
    return this.machine.apply(LogIndex(this.#index), { now: LogTimeMs(1_000), commands }).outcomes;
  }

  #newLeader(): Dispatcher {
    return new Dispatcher({
      claimRoom: (queue) => this.machine.claimRoom(queue),
      readyCount: (queue) => this.machine.readyCount(queue),
      submit: (command, resolve, reject) => this.submit(command, resolve, reject),
      mayHandOut: () => true,
      wake: () => undefined,
      onStarted: () => undefined,
      onReleaseFailed: () => undefined,
      onResumed: () => undefined,
    });
  }
}

/** A worker as the SDK is one: leaves a stream before it opens the next, and remembers what came. */
class RememberingWorker {
  readonly held: HeldClaim[] = [];
  readonly runs = new Map<string, number>();
  readonly refused: string[] = [];
  readonly #cluster: OneLeaderAtATime;
  readonly #id: string;
  readonly #session: number;
  #number = 0;
  /** The stream that is read from. */
  #stream: WorkerHandle | null = null;
  /** Streams that the worker has left and of which the leader may not know. */
  readonly #left: WorkerHandle[] = [];

  constructor(cluster: OneLeaderAtATime, id: string, session: number) {
    this.#cluster = cluster;
    this.#id = id;
    this.#session = session;
  }

  leave(): void {
    if (this.#stream !== null) this.#left.push(this.#stream);
    this.#stream = null;
  }

  /** The leader notices. */
  noticed(): void {
    this.#left.shift()?.close();
  }

  come(credits: number): void {
    this.leave();
    const number = ++this.#number;
    const again = number > 1 ? { held: [...this.held] } : {};
    const handle = this.#cluster.dispatcher.open(
      {
        workerId: this.#id,
        queues: ["mail"],
        credits,
        stream: { session: this.#session, number },
        ...again,
        onJobs: (jobs) => {
          if (this.#stream === handle) this.#take(jobs);
        },
        onClosed: () => {
          if (this.#stream === handle) throw new Error("the stream in use was ended");
        },
      },
      Term(1),
    );
    this.#stream = handle;
  }

  /** Reports an outcome until it is heard of: the claim stays held so long. */
  complete(pick: number): void {
    const claim = this.held[pick % Math.max(1, this.held.length)];
    if (claim === undefined) return;
    const act = { type: "complete", ...claim, result: new Uint8Array() } as const;
    this.#cluster.submit({ type: "act", acts: [act] }, (outcome) => {
      if (outcome.type !== "act") return;
      const [result] = outcome.results;
      if (result?.ok === false) this.refused.push(`${claim.id}: ${result.message}`);
      if (this.held.includes(claim)) this.held.splice(this.held.indexOf(claim), 1);
    });
  }

  #take(jobs: readonly ClaimedJob[]): void {
    for (const { id, token } of jobs) {
      this.held.push({ id, token });
      this.runs.set(id, (this.runs.get(id) ?? 0) + 1);
    }
  }
}

const step = fc.record({
  // Two of the three have one name between them: replicas that were given a fixed worker id.
  worker: fc.nat({ max: 2 }),
  what: fc.constantFrom(
    "enqueue",
    "plan",
    "plan",
    "commit",
    "commit",
    "leave",
    "noticed",
    "come",
    "complete",
    "failOver",
  ),
  count: fc.nat({ max: 5 }),
});

test("streams break, overlap and change leaders at any moment: each job runs once, none is lost, none refused", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), (steps) => {
      const cluster = new OneLeaderAtATime();
      const workers = ["a", "a", "b"].map((id, n) => new RememberingWorker(cluster, id, n + 1));
      let enqueued = 0;
      const enqueue = (count: number): void => {
        const ids = Array.from({ length: count }, () => `job-${enqueued++}`);
        const retry = { ...spec("").retry, maxAttempts: 1 };
        cluster.submit({ type: "enqueue", jobs: ids.map((id) => spec(id, { retry })) });
      };
      for (const { worker: which, what, count } of steps) {
        const worker = workers[which];
        if (what === "enqueue") enqueue(count);
        else if (what === "plan") cluster.dispatcher.plan();
        else if (what === "commit") cluster.commit(count);
        else if (what === "leave") worker?.leave();
        else if (what === "noticed") worker?.noticed();
        else if (what === "come") worker?.come(count);
        else if (what === "complete") worker?.complete(count);
        else {
          for (const each of workers) each.leave();
          cluster.failOver(count);
        }
      }
      // All is well again: everybody comes back, and all that is in the log gets done.
      cluster.commit(1_000);
      for (const worker of workers) worker.come(1_000);
      for (let round = 0; round < 4; round++) {
        cluster.dispatcher.plan();
        cluster.commit(1_000);
        for (const worker of workers) for (let n = 0; n < worker.held.length; n++) worker.complete(n);
        cluster.commit(1_000);
      }
      const jobs = cluster.machine.list({ limit: 10_000 });
      expect(jobs.filter(({ state }) => state !== "completed")).toEqual([]);
      expect(workers.flatMap(({ refused }) => refused)).toEqual([]);
      const runs = jobs.map(({ spec: { id } }) =>
        workers.reduce((sum, each) => sum + (each.runs.get(id) ?? 0), 0),
      );
      expect(runs.filter((count) => count !== 1)).toEqual([]);
      expect(cluster.machine.totals.deaths).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
