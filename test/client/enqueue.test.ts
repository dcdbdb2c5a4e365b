import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesCodec, type Cluster, connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster, type FakeNode } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

const sentIds = (node: FakeNode) => node.requests.map(({ jobs }) => jobs.map(({ id }) => id));

describe("coalescing", () => {
  it("calls of one turn share a message on one stream", async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `job-${index}`);
    const results = await Promise.all(ids.map((id) => cluster.jobs.enqueue("q", { id }, { id })));
    expect(results.map(({ id }) => id)).toEqual(ids);
    expect(sentIds(fake.node(1))).toEqual([ids]);
    await cluster.jobs.enqueue("q", 1);
    expect(fake.node(1).enqueueStreams).toBe(1);
  });

  it("a message holds at most 1000 jobs, and 1 MiB", async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => ({ queue: "q", data: index, id: `m${index}` }));
    const results = await cluster.jobs.enqueueMany(many);
    expect(results.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
    expect(fake.node(1).requests.map(({ jobs }) => jobs.length)).toEqual([1_000, 1_000, 500]);
    const large = Array.from({ length: 8 }, () => ({ queue: "q", data: new Uint8Array(250_000) }));
    await cluster.jobs.enqueueMany(large);
    expect(
      fake
        .node(1)
        .requests.slice(3)
        .map(({ jobs }) => jobs.length),
    ).toEqual([4, 4]);
  });

  it("bounds what is in flight; the rest gathers into larger messages", async () => {
    fake.node(1).enqueues = "hang";
    const calls = [];
    for (let turn = 0; turn < 40; turn++) {
      calls.push(failureOf(cluster.jobs.enqueue("q", turn, { timeout: 500 })));
      await new Promise((resolve) => setImmediate(resolve));
      await until("the message left", () => fake.node(1).requests.length === Math.min(turn + 1, 16));
    }
    expect(fake.node(1).requests).toHaveLength(16);
    await Promise.all(calls);
  });

  it("says OVERLOADED when too much waits already", async () => {
    fake.elect(undefined);
    await using cluster = await connect(fake.endpoints);
    const many = (count: number) => Array.from({ length: count }, () => ({ queue: "q", data: null }));
    const enough = new AbortController();
    const waiting = failureOf(
      cluster.jobs.enqueueMany(many(100_000), { timeout: "10m", signal: enough.signal }),
    );
    expect(await failureOf(cluster.jobs.enqueue("q", 1, { timeout: "10m" }))).toMatchObject({
      code: "OVERLOADED",
      retryable: true,
    });
    enough.abort();
    expect((await waiting).code).toBe("ABORTED");
  });
});

describe("failover", () => {
  it("sends what was not answered again, under the same ids and in order", async () => {
    fake.node(1).enqueues = "hang";
    const calls = [];
    for (let request = 1; request <= 3; request++) {
      calls.push(cluster.jobs.enqueue("q", request), cluster.jobs.enqueue("q", request));
      await until("the request arrived", () => fake.node(1).requests.length === request);
    }
    fake.node(1).kill();
    fake.elect(fake.node(2));
    const ids = (await Promise.all(calls)).map(({ id }) => id);
    expect(sentIds(fake.node(1)).flat()).toEqual(ids);
    expect(sentIds(fake.node(2)).flat()).toEqual(ids);
  });

  it("a job that was accepted before the stream broke is found, not doubled", async () => {
    fake.node(1).enqueues = "swallow";
    const call = cluster.jobs.enqueue("q", 1);
    await until("it was accepted", () => fake.state.specs.size === 1);
    fake.elect(fake.node(2));
    expect(await call).toMatchObject({ existing: false, state: "ready" });
    expect(fake.state.specs.size).toBe(1);
  });

  it("OUTCOME_UNKNOWN from a deposed leader is cleared up at the next", async () => {
    fake.node(1).refusals.push(detail("OUTCOME_UNKNOWN", "leadership was lost before commit"));
    expect((await cluster.jobs.enqueue("q", 1, { id: "a" })).id).toBe("a");
    expect(sentIds(fake.node(1))).toEqual([["a"], ["a"]]);
  });

  it("waits as long as an overloaded leader asks for", async () => {
    const refusal = detail("OVERLOADED", "too much", { retryAfterMs: 80 });
    fake.node(1).refusals.push(refusal);
    const from = performance.now();
    await cluster.jobs.enqueue("q", 1);
    expect(performance.now() - from).toBeGreaterThanOrEqual(79);
    expect(fake.node(1).enqueueStreams).toBe(1);
  });
});

describe("endings", () => {
  it("DEADLINE_EXCEEDED names the job that may exist", async () => {
    fake.node(1).enqueues = "hang";
    const error = await failureOf(cluster.jobs.enqueue("q", 1, { id: "lost-1", timeout: 100 }));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", retryable: false });
    expect(error.message).toContain("lost-1 may exist");
  });

  it("an answer after the deadline is dropped, others are not held up", async () => {
    fake.node(1).enqueues = "hang";
    const late = failureOf(cluster.jobs.enqueue("q", 1, { timeout: 50 }));
    await late;
    fake.node(1).enqueues = "answer";
    expect((await cluster.jobs.enqueue("q", 2)).existing).toBe(false);
  });

  it("abort", async () => {
    fake.node(1).enqueues = "hang";
    const abort = new AbortController();
    const call = failureOf(cluster.jobs.enqueue("q", 1, { signal: abort.signal }));
    await until("it was sent", () => fake.node(1).requests.length === 1);
    abort.abort();
    expect((await call).code).toBe("ABORTED");
    expect((await failureOf(cluster.jobs.enqueue("q", 1, { signal: abort.signal }))).code).toBe("ABORTED");
    expect(fake.node(1).requests).toHaveLength(1);
  });

  it("one signal may stand for many calls, without a warning of leaks", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 50 }, (_, index) => cluster.jobs.enqueue("q", index, { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("closing tells what was sent from what was not", async () => {
    fake.node(1).enqueues = "hang";
    const sent = failureOf(cluster.jobs.enqueue("q", 1));
    await until("it was sent", () => fake.node(1).requests.length === 1);
    const unsent = failureOf(cluster.jobs.enqueue("q", 1));
    await cluster.close();
    expect((await sent).code).toBe("OUTCOME_UNKNOWN");
    expect((await unsent).code).toBe("SHUTTING_DOWN");
    expect((await failureOf(cluster.jobs.enqueue("q", 1))).code).toBe("SHUTTING_DOWN");
  });

  it("a job the server refuses fails alone, not those that shared its message", async () => {
    fake.node(1).poison = "bad";
    const [good, bad, other] = [
      cluster.jobs.enqueue("q", 1, { id: "good" }),
      failureOf(cluster.jobs.enqueue("q", 1, { id: "bad" })),
      cluster.jobs.enqueue("q", 1, { id: "other" }),
    ];
    expect((await good).id).toBe("good");
    expect((await other).id).toBe("other");
    expect((await bad).code).toBe("INVALID_ARGUMENT");
  });
});

describe("what is sent", () => {
  it("options in the units of the wire", async () => {
    await cluster.jobs.enqueue(
      "q",
      { a: 1 },
      {
        id: "x",
        priority: "high",
        agent: "agent-7",
        delay: "2s",
        runAt: new Date(5_000),
        retry: { maxAttempts: 3, initialBackoff: "250ms", multiplier: 3, maxBackoff: "1m", jitter: "full" },
        lease: "10s",
        retention: "2h",
        deadRetention: "1d",
      },
    );
    expect(fake.state.specs.get("x")).toMatchObject({
      queue: "q",
      priority: "PRIORITY_HIGH",
      payload: Buffer.from('{"a":1}'),
      agent: "agent-7",
      delayMs: 2_000,
      runAtMs: 5_000,
      retry: {
        maxAttempts: 3,
        initialBackoffMs: 250,
        multiplier: 3,
        maxBackoffMs: 60_000,
        jitter: "JITTER_FULL",
      },
      leaseMs: 10_000,
      retentionMs: 7_200_000,
      deadRetentionMs: 86_400_000,
    });
  });

  it("bytes as they are, undefined as none, and what a codec makes of it", async () => {
    await cluster.jobs.enqueue("q", new Uint8Array([1, 255]), { id: "bytes" });
    await cluster.jobs.enqueue("q", undefined, { id: "none" });
    await cluster.jobs.enqueue("q", new Uint8Array([7]), { id: "codec", codec: bytesCodec });
    expect([...(fake.state.specs.get("bytes")?.payload ?? [])]).toEqual([1, 255]);
    expect(fake.state.specs.get("none")?.payload).toHaveLength(0);
    expect([...(fake.state.specs.get("codec")?.payload ?? [])]).toEqual([7]);
  });

  it.each([
    ["queue", () => cluster.jobs.enqueue("no spaces", 1), "INVALID_ARGUMENT"],
    ["id", () => cluster.jobs.enqueue("q", 1, { id: "" }), "INVALID_ARGUMENT"],
    ["agent", () => cluster.jobs.enqueue("q", 1, { agent: "x".repeat(129) }), "INVALID_ARGUMENT"],
    ["lease", () => cluster.jobs.enqueue("q", 1, { lease: 10 }), "INVALID_ARGUMENT"],
    ["delay", () => cluster.jobs.enqueue("q", 1, { delay: "soon" }), "INVALID_ARGUMENT"],
    ["runAt", () => cluster.jobs.enqueue("q", 1, { runAt: new Date("never") }), "INVALID_ARGUMENT"],
    ["attempts", () => cluster.jobs.enqueue("q", 1, { retry: { maxAttempts: 0 } }), "INVALID_ARGUMENT"],
    ["multiplier", () => cluster.jobs.enqueue("q", 1, { retry: { multiplier: 0.5 } }), "INVALID_ARGUMENT"],
    ["priority", () => cluster.jobs.enqueue("q", 1, { priority: "urgent" as "high" }), "INVALID_ARGUMENT"],
    ["no JSON", () => cluster.jobs.enqueue("q", 1n), "INVALID_ARGUMENT"],
    ["no JSON either", () => cluster.jobs.enqueue("q", () => 1), "INVALID_ARGUMENT"],
    ["size", () => cluster.jobs.enqueue("q", "x".repeat(2 * 1024 * 1024)), "PAYLOAD_TOO_LARGE"],
  ])("refuses a bad %s before it is sent", async (_what, call, code) => {
    expect((await failureOf(call())).code).toBe(code);
    expect(fake.node(1).requests).toHaveLength(0);
  });
});
