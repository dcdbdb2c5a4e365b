import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Cluster,
  ConclaveError,
  connect,
  type Handler,
  JobCancelled,
  type WorkerJob,
  type WorkOptions,
} from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import { Gate } from "../support/gate.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  fake.state.leaseMs = 300;
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close({ drain: 0, kill: 1_000 });
  await fake[Symbol.asyncDispose]();
});

async function consuming(handler: Handler, options: WorkOptions = {}) {
  const worker = cluster.work("q", options, handler);
  await until("the worker is subscribed", () => worker.state === "consuming");
  return { worker, stream: fake.node(1).workStream };
}

/** Runs until its signal aborts, then rejects with the reason as most handlers do. */
function untilAborted({ signal }: WorkerJob): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

const ended = (id: string) => until(`job ${id} ended`, () => fake.state.ended.get(id)?.act);

describe("heartbeats", () => {
  it("keep the lease of a job that outlasts it, without being asked", async () => {
    const gate = new Gate();
    const signals: AbortSignal[] = [];
    const { stream } = await consuming(({ signal }) => {
      signals.push(signal);
      return gate.opened;
    });
    const { id } = stream.hand();
    await until("three leases have passed", () => stream.acts.filter(({ extend }) => extend).length >= 9);
    expect(signals[0]?.aborted).toBe(false);
    gate.open();
    expect((await ended(id)).complete).toBeTruthy();
  });

  it("of many jobs share a message", async () => {
    const gate = new Gate();
    const { stream } = await consuming(() => gate.opened, { concurrency: 50 });
    for (let count = 0; count < 50; count++) stream.hand();
    await until("they were renewed", () => stream.acts.length >= 100);
    expect(stream.actRequests.length).toBeLessThanOrEqual(10);
    gate.open();
  });

  it("extend() renews at once, and resolves when the cluster has it", async () => {
    const order: string[] = [];
    fake.state.leaseMs = 30_000;
    const { stream } = await consuming(async (job) => {
      await job.extend();
      order.push(`extended after ${stream.acts.length}`);
    });
    await ended(stream.hand().id);
    expect(order).toEqual(["extended after 1"]);
  });

  it("extend() that nobody awaits is no unhandled rejection", async () => {
    fake.state.leaseMs = 30_000;
    fake.node(1).acts = "hang";
    const { stream, worker } = await consuming((job) => {
      void job.extend();
    });
    stream.hand();
    await until("it ended", () => worker.health.unacknowledged === 1);
    // Nobody waits for the answer any more; the outcome goes on to the next leader.
    fake.elect(fake.node(2));
    await until("it is acknowledged", () => worker.health.unacknowledged === 0);
    expect(fake.node(2).workStream.acts).toHaveLength(1);
  });

  it("that the leader is too busy for are tried again soon", async () => {
    const { stream } = await consuming(untilAborted);
    fake.node(1).refusals.push(detail("OVERLOADED", "later"), detail("OVERLOADED", "later"));
    stream.hand();
    await until("it was renewed after all", () => stream.acts.length >= 5);
    expect(fake.node(1).refusals).toEqual([]);
  });
});

describe("a lease is lost", () => {
  it("when it cannot be renewed in time: the signal aborts with LEASE_LOST", async () => {
    const errors: [string, string | undefined][] = [];
    const reason = new Gate<unknown>();
    const { stream } = await consuming(
      (job) => {
        job.signal.addEventListener("abort", () => reason.open(job.signal.reason));
        return untilAborted(job);
      },
      { onError: (error, { jobId }) => errors.push([error.code, jobId]) },
    );
    fake.node(1).acts = "hang";
    const from = performance.now();
    const { id } = stream.hand();
    expect(await reason.opened).toMatchObject({ code: "LEASE_LOST" });
    expect(performance.now() - from).toBeGreaterThan(280);
    expect(errors).toContainEqual(["LEASE_LOST", id]);
    // It says nothing of a job that may be another's by now.
    expect(stream.acts.every(({ extend }) => extend)).toBe(true);
  });

  // Put it in: jobRunner.ts, `#renew`: no `isMoot`.
  it("while its renewals wait for a busy leader: they are not sent any more, and the job need not wait for another lease", async () => {
    const aborted = new Gate<unknown>();
    const { stream } = await consuming(
      async (job) => {
        if (job.id === "short") return "done";
        await untilAborted(job).catch((reason: unknown) => aborted.open(reason));
        return Promise.reject(new Error("stopped"));
      },
      { concurrency: 2 },
    );
    fake.node(1).refusals.push(detail("OVERLOADED", "later", { retryAfterMs: 1_000 }));
    stream.hand({ id: "long" });
    stream.hand({ id: "short" });
    expect(await aborted.opened).toMatchObject({ code: "LEASE_LOST" });
    await until("the outcome of the other was sent again", () => stream.acts.length >= 2);
    expect(stream.acts.map(({ id, extend }) => [id, Boolean(extend)])).toEqual([
      ["short", false],
      ["short", false],
    ]);
  });

  it("when the cluster says that the token is stale", async () => {
    const reasons: unknown[] = [];
    const { worker, stream } = await consuming(async (job) => {
      await untilAborted(job).catch((reason: unknown) => reasons.push(reason));
      return "too late";
    });
    const { id } = stream.hand();
    fake.state.revoked.add(id);
    await until("the handler ended", () => reasons.length === 1 && worker.health.running === 0);
    expect(reasons[0]).toMatchObject({ code: "LEASE_LOST", cause: { code: "STALE_TOKEN" } });
    await until("the slot is free again", () => stream.credits === 1);
    expect(stream.acts.every(({ extend }) => extend)).toBe(true);
  });

  it("and an extend() that waits is told", async () => {
    const failures: ConclaveError[] = [];
    const { stream } = await consuming(async (job) => {
      fake.state.revoked.add(job.id);
      failures.push(await failureOf(job.extend()), await failureOf(job.extend()));
    });
    stream.hand();
    await until("both were told", () => failures.length === 2);
    expect(failures.map(({ code }) => code)).toEqual(["LEASE_LOST", "LEASE_LOST"]);
  });

  it("a result made in spite of it is still offered: the token decides", async () => {
    const gate = new Gate<string>();
    const { stream } = await consuming((job) => {
      job.signal.addEventListener("abort", () => gate.open("done anyway"));
      return gate.opened;
    });
    fake.node(1).acts = "hang";
    const { id } = stream.hand();
    await gate.opened;
    fake.elect(fake.node(2));
    expect((await ended(id)).complete?.result.toString()).toBe('"done anyway"');
  });

  it("a claim that lay in a buffer for longer than its lease is given back, not started", async () => {
    let started = 0;
    const { stream } = await consuming(() => {
      started++;
    });
    // The first claim tells how log time lies; the second was made two leases before it arrives.
    await ended(stream.hand().id);
    const old = stream.hand({ expiresAtMs: Date.now() - 300 });
    expect((await ended(old.id)).release).toBeTruthy();
    expect(started).toBe(1);
  });
});

describe("cancellation", () => {
  it("reaches the handler with a renewal; its rejection is reported", async () => {
    const reasons: unknown[] = [];
    const { stream } = await consuming((job) => {
      job.signal.addEventListener("abort", () => reasons.push(job.signal.reason));
      return untilAborted(job);
    });
    const { id } = stream.hand();
    fake.state.cancelRequested.add(id);
    const { fail } = await ended(id);
    expect(reasons[0]).toBeInstanceOf(JobCancelled);
    expect(fail).toMatchObject({ notRetryable: false });
    expect(fail?.error).toContain("cancelled");
  });

  it("comes too late for a handler that completes", async () => {
    const gate = new Gate();
    const { stream } = await consuming((job) => {
      job.signal.addEventListener("abort", () => gate.open());
      return gate.opened;
    });
    const { id } = stream.hand();
    fake.state.cancelRequested.add(id);
    expect((await ended(id)).complete).toBeTruthy();
  });
});

describe("stopping", () => {
  beforeEach(() => {
    fake.state.leaseMs = 30_000;
  });

  it("takes no more jobs and lets the running ones finish", async () => {
    const gate = new Gate();
    const { worker, stream } = await consuming(() => gate.opened, { concurrency: 2 });
    const job = stream.hand();
    await until("it runs", () => worker.health.running === 1);
    const stopped = worker.stop();
    await until("it said so", () => stream.drained);
    expect(worker.state).toBe("draining");
    const late = stream.hand();
    expect((await ended(late.id)).release).toBeTruthy();
    gate.open();
    await stopped;
    expect((await ended(job.id)).complete).toBeTruthy();
    expect(worker.state).toBe("closed");
    await worker.closed;
    await until("the stream is closed", () => stream.ended);
  });

  it("aborts and gives back what is not done in time, at the cost of no attempt", async () => {
    const reasons: unknown[] = [];
    const { worker, stream } = await consuming(
      (job) => {
        job.signal.addEventListener("abort", () => reasons.push(job.signal.reason));
        return job.id === "heeds" ? untilAborted(job) : new Promise(() => undefined);
      },
      { concurrency: 2, drain: 50 },
    );
    stream.hand({ id: "heeds" });
    stream.hand({ id: "deaf" });
    await until("both run", () => worker.health.running === 2);
    await worker.stop();
    expect(reasons).toEqual([
      expect.objectContaining({ code: "SHUTTING_DOWN" }),
      expect.objectContaining({ code: "SHUTTING_DOWN" }),
    ]);
    expect(fake.state.ended.get("heeds")?.act.release).toBeTruthy();
    expect(fake.state.ended.get("deaf")?.act.release).toBeTruthy();
  });

  it("a second call can shorten the drain", async () => {
    const { worker, stream } = await consuming(untilAborted, { drain: "1h" });
    const { id } = stream.hand();
    await until("it runs", () => worker.health.running === 1);
    const first = worker.stop();
    await Promise.all([first, worker.stop({ drain: 0, kill: 1_000 })]);
    expect(fake.state.ended.get(id)?.act.release).toBeTruthy();
  });

  it("by a signal, and by leaving the scope", async () => {
    const abort = new AbortController();
    const { worker } = await consuming(() => 1, { signal: abort.signal });
    abort.abort();
    await worker.closed;
    let scoped: ReturnType<typeof cluster.work>;
    {
      await using inner = cluster.work("q", {}, () => 1);
      scoped = inner;
    }
    expect(scoped.state).toBe("closed");
  });

  it("while no leader is there", async () => {
    fake.elect(undefined);
    const worker = cluster.work("q", { drain: 50 }, () => 1);
    await worker.stop();
    expect(worker.state).toBe("closed");
  });

  it("an outcome that nobody acknowledges is said to be unknown", async () => {
    const errors: string[] = [];
    const { worker, stream } = await consuming(() => 1, { onError: ({ code }) => errors.push(code) });
    fake.node(1).acts = "hang";
    stream.hand();
    await until("it was reported", () => stream.acts.length === 1);
    await worker.stop({ drain: 0, kill: 1_000 });
    expect(errors).toEqual(["OUTCOME_UNKNOWN"]);
  });

  it("closing the cluster handle stops its workers", async () => {
    const { worker, stream } = await consuming(() => 1);
    await cluster.close();
    expect(worker.state).toBe("closed");
    expect(stream.drained).toBe(true);
    expect(() => cluster.work("q", {}, () => 1)).toThrow(expect.objectContaining({ code: "SHUTTING_DOWN" }));
  });
});
