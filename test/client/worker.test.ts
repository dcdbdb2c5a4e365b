import { Server, ServerCredentials, status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Cluster,
  ConclaveError,
  connect,
  type Handler,
  NonRetryableError,
  RetryAfterError,
  type Worker,
  type WorkOptions,
} from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import type { FakeWorkStream } from "../support/fakeWorkStream.ts";
import { Gate } from "../support/gate.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close({ drain: 0, kill: 1_000 });
  await fake[Symbol.asyncDispose]();
});

async function consuming(
  handler: Handler,
  options: WorkOptions = {},
): Promise<{ worker: Worker; stream: FakeWorkStream }> {
  const worker = cluster.work("q", options, handler);
  await until("the worker is subscribed", () => worker.state === "consuming");
  return { worker, stream: fake.node(1).workStream };
}

const ended = (id: string) => until(`job ${id} ended`, () => fake.state.ended.get(id)?.act);

describe("a job", () => {
  it("may be taken apart, and handed on as a copy or as what another one is made of", async () => {
    const { stream } = await consuming((job) => {
      const copy = { ...job, more: 1 };
      const heir = Object.create(job) as typeof job;
      const { signal } = job;
      job.progress(50);
      return [copy.signal === signal, heir.signal === signal, heir.id, typeof copy.saveCheckpoint, copy.data];
    });
    stream.hand({ id: "a", payload: Buffer.from("1") });
    const act = await ended("a");
    expect(act.complete?.result.toString()).toBe('[true,true,"a","function",1]');
  });

  it("reaches the handler with all that is known of it, and its result is reported", async () => {
    const seen: unknown[] = [];
    const { stream } = await consuming((job) => {
      seen.push(job, job.signal.aborted);
      return { sum: 3 };
    });
    const payload = Buffer.from('{"a":1}');
    const job = stream.hand({ id: "a", payload, priority: "PRIORITY_HIGH", agent: "x", attempt: 2 });
    const act = await ended("a");
    expect(act.complete?.result.toString()).toBe('{"sum":3}');
    expect(seen).toEqual([
      expect.objectContaining({
        id: "a",
        queue: "q",
        data: { a: 1 },
        attempt: 2,
        maxAttempts: 5,
        fencingToken: job.fencingToken,
        agent: "x",
        priority: "high",
        leaseMs: 30_000,
      }),
      false,
    ]);
  });

  it("fails with the handler's error, which says whether and when to try again", async () => {
    const errors: Record<string, unknown> = {
      plain: new Error("boom"),
      fatal: new NonRetryableError("never"),
      foreign: Object.assign(new Error("no use"), { retryable: false }),
      later: new RetryAfterError("busy", "90s"),
      text: "just text",
      call: new ConclaveError("DEADLINE_EXCEEDED", "a call of the handler took too long"),
      odd: Object.assign(new Error("odd"), { retryAfter: "Wed, 21 Oct 2015 07:28:00 GMT" }),
    };
    const { stream } = await consuming(({ id }) => Promise.reject(errors[id]), { concurrency: 10 });
    for (const id of Object.keys(errors)) stream.hand({ id });
    const fails = Object.fromEntries(
      await Promise.all(Object.keys(errors).map(async (id) => [id, (await ended(id)).fail])),
    );
    expect(fails["plain"]).toMatchObject({ notRetryable: false, retryAfterMs: 0 });
    expect(fails["plain"].error).toMatch(/^boom\n\s+at /);
    expect(fails["fatal"]).toMatchObject({ notRetryable: true });
    expect(fails["foreign"]).toMatchObject({ notRetryable: true });
    expect(fails["later"]).toMatchObject({ notRetryable: false, retryAfterMs: 90_000 });
    expect(fails["text"]).toMatchObject({ error: "just text", notRetryable: false });
    // `retryable` of a call says nothing of the job.
    expect(fails["call"]).toMatchObject({ notRetryable: false });
    expect(fails["odd"]).toMatchObject({ notRetryable: false, retryAfterMs: 0 });
  });

  it("fails for good when its data or its result cannot be coded", async () => {
    const codec = {
      encode: () => new Uint8Array(0),
      decode: () => {
        throw new Error("not mine");
      },
    };
    const { stream } = await consuming(() => 1n);
    stream.hand({ id: "result" });
    expect((await ended("result")).fail).toMatchObject({ notRetryable: true });
    const other = cluster.work("q", { codec }, () => 1);
    await until("it is subscribed", () => other.state === "consuming");
    fake.node(1).workStream.hand({ id: "data" });
    const { fail } = await ended("data");
    expect(fail).toMatchObject({ notRetryable: true });
    expect(fail?.error).toContain("not mine");
  });

  it("a refused outcome reaches onError with the job's id", async () => {
    const errors: [string, string | undefined][] = [];
    const { stream } = await consuming(() => 1, {
      onError: (error, { jobId }) => errors.push([error.code, jobId]),
    });
    const { id } = stream.hand();
    fake.state.revoked.add(id);
    await until("it was refused", () => errors.length > 0);
    expect(errors).toEqual([["STALE_TOKEN", id]]);
  });
});

describe("credits", () => {
  it("are never more than the free slots, and no more handlers run than that", async () => {
    let running = 0;
    let most = 0;
    const specs = Array.from({ length: 200 }, (_, index) => ({ queue: "q", data: index }));
    const enqueued = await cluster.jobs.enqueueMany(specs);
    const { stream, worker } = await consuming(
      async () => {
        running++;
        most = Math.max(most, running);
        expect(stream.credits + running).toBeLessThanOrEqual(7);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      },
      { concurrency: 7 },
    );
    expect(stream.subscribe?.credits).toBe(7);
    stream.feed();
    for (const { id } of enqueued) expect((await ended(id)).complete).toBeTruthy();
    expect(most).toBe(7);
    await until("all room is told", () => stream.credits === 7);
    expect(worker.health).toMatchObject({ state: "consuming", running: 0, lastError: undefined });
  });

  it("jobs beyond them are given back unspent", async () => {
    const gate = new Gate();
    const { stream } = await consuming(() => gate.opened);
    const first = stream.hand();
    const second = stream.hand();
    expect((await ended(second.id)).release).toBeTruthy();
    gate.open();
    expect((await ended(first.id)).complete).toBeTruthy();
  });

  it("outcomes of a turn share a message", async () => {
    const gate = new Gate();
    const { worker, stream } = await consuming(() => gate.opened, { concurrency: 20 });
    const jobs = Array.from({ length: 20 }, () => stream.hand());
    await until("all run", () => worker.health.running === 20);
    gate.open();
    for (const { id } of jobs) await ended(id);
    expect(stream.actRequests).toHaveLength(1);
  });

  it("an act request that the server chokes on is split up", async () => {
    const gate = new Gate();
    const { worker, stream } = await consuming(() => gate.opened, { concurrency: 3 });
    const jobs = [stream.hand(), stream.hand(), stream.hand()];
    await until("all run", () => worker.health.running === 3);
    fake.node(1).refusals.push(detail("PAYLOAD_TOO_LARGE", "too much at once"));
    gate.open();
    for (const { id } of jobs) expect((await ended(id)).complete).toBeTruthy();
  });
});

describe("failover", () => {
  it("running jobs go on, and their outcomes reach the next leader", async () => {
    const gate = new Gate();
    const { worker, stream } = await consuming(() => gate.opened, { concurrency: 3 });
    const jobs = [stream.hand(), stream.hand()];
    await until("both run", () => worker.health.running === 2);
    fake.node(1).kill();
    fake.elect(fake.node(2));
    const next = await until("it is at the next leader", () => fake.node(2).workStreams.at(-1));
    // The free slot only: the two others are taken.
    expect(next.subscribe?.credits).toBe(1);
    await until("it renewed what it holds", () => next.acts.length >= 2);
    expect(next.acts.map(({ id, fencingToken, extend }) => ({ id, fencingToken, extend }))).toEqual(
      jobs.map((job) => ({ ...job, extend: {} })),
    );
    gate.open();
    for (const { id, fencingToken } of jobs) {
      await ended(id);
      expect(fake.state.ended.get(id)?.token).toBe(fencingToken);
    }
  });

  it("an outcome without an answer is sent again, with its token", async () => {
    fake.node(1).acts = "hang";
    const { worker, stream } = await consuming(() => "done");
    const job = stream.hand();
    await until("it was reported once", () => stream.acts.length === 1);
    expect(worker.health.unacknowledged).toBe(1);
    fake.elect(fake.node(2));
    await ended(job.id);
    expect(fake.node(2).workStream.acts).toMatchObject([{ id: job.id, fencingToken: job.fencingToken }]);
    await until("it is acknowledged", () => worker.health.unacknowledged === 0);
  });

  it("an in-band NOT_LEADER makes it move, OVERLOADED makes it wait", async () => {
    const { stream } = await consuming(() => 1);
    fake.node(1).refusals.push(detail("OVERLOADED", "later", { retryAfterMs: 30 }));
    const job = stream.hand();
    await ended(job.id);
    expect(stream.acts).toHaveLength(2);
    fake.node(1).refusals.push(detail("NOT_LEADER", "moved", { leaderId: "n2" }));
    const next = stream.hand();
    fake.node(1).endStreams = () => undefined;
    fake.elect(fake.node(2));
    await ended(next.id);
    expect(fake.node(2).workStreams).toHaveLength(1);
  });

  it("says when it is not consuming, and since when", async () => {
    const errors: string[] = [];
    const { worker } = await consuming(() => 1, { onError: ({ code }) => errors.push(code) });
    const { since } = worker.health;
    fake.elect(undefined);
    await until("it noticed", () => worker.state === "connecting");
    expect(worker.health.since.getTime()).toBeGreaterThanOrEqual(since.getTime());
    expect(worker.health.lastError?.code).toBe("NO_LEADER");
    expect(errors).toContain("NO_LEADER");
    fake.elect(fake.node(3));
    await until("it is back", () => worker.state === "consuming");
  });

  it("leaves a leader that went silent", async () => {
    const { worker, stream } = await consuming(() => 1);
    Object.assign(fake.node(1), { acts: "hang", answers: false });
    fake.node(1).endStreams = () => undefined;
    fake.elect(fake.node(2));
    const { id } = stream.hand();
    await ended(id);
    await until("it is consuming there", () => worker.state === "consuming");
    expect(fake.node(2).workStreams).toHaveLength(1);
  });

  it("ends when the server would never take it", async () => {
    const { worker } = await consuming(() => 1);
    fake.node(1).endStreams(detail("INVALID_ARGUMENT", "no such worker"));
    expect((await failureOf(worker.closed)).code).toBe("INVALID_ARGUMENT");
    expect(worker.state).toBe("closed");
    await worker.stop();
  });

  // Put it in: workLink.ts: without `isUntyped`.
  it.each([
    Status.UNIMPLEMENTED,
    Status.PERMISSION_DENIED,
    Status.UNAUTHENTICATED,
    Status.RESOURCE_EXHAUSTED,
  ])("goes on when something that is no node of ours refuses it (status %i)", async (code) => {
    const codes: string[] = [];
    const { worker } = await consuming(() => 1, { onError: (error) => codes.push(error.code) });
    fake.node(1).failStreams(code);
    await until("it is back", () => fake.node(1).workStreams.length === 2 && worker.state === "consuming");
    expect(codes).toHaveLength(1);
  });

  it("goes on when another program listens for a moment where a leader is named", async () => {
    const other = new Server();
    const port = await new Promise<number>((resolve, reject) =>
      other.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    const told: string[] = [];
    // Of the others it knows what they are said to be.
    await using outsider = await connect(fake.node(1).address);
    const worker = outsider.work("q", { onError: ({ message }) => told.push(message) }, () => 1);
    await until("it is subscribed", () => worker.state === "consuming");
    const next = fake.node(2);
    next.advertised = `127.0.0.1:${port}`;
    fake.elect(next);
    await until("it was there", () => told.some((message) => message.includes(`${port}: UNIMPLEMENTED`)));
    next.advertised = next.address;
    await until("it is back", () => next.workStreams.length > 0 && worker.state === "consuming");
    expect(next.workStream.subscribe?.workerId).toBe(worker.id);
    other.forceShutdown();
  });
});

describe("options", () => {
  it.each([
    ["no queue", () => cluster.work([], {}, () => 1)],
    ["a bad queue", () => cluster.work("a b", {}, () => 1)],
    ["no room", () => cluster.work("q", { concurrency: 0 }, () => 1)],
    ["a bad id", () => cluster.work("q", { workerId: "ü" }, () => 1)],
    ["a bad drain", () => cluster.work("q", { drain: "a while" }, () => 1)],
  ])("%s is refused at once", (_what, start) => {
    expect(start).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("several queues in one worker", async () => {
    const worker = cluster.work(["a", "b"], { workerId: "w-1" }, () => 1);
    await until("it is subscribed", () => worker.state === "consuming");
    expect(fake.node(1).workStream.subscribe).toMatchObject({ workerId: "w-1", queues: ["a", "b"] });
  });
});
