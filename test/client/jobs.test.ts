import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";

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

const enqueue = (count: number) =>
  cluster.jobs.enqueueMany(
    Array.from({ length: count }, (_, index) => ({ queue: "q", data: { index }, id: `j${index}` })),
  );

describe("get", () => {
  it("gives the job in the words of the API", async () => {
    await cluster.jobs.enqueue("q", { a: 1 }, { id: "j", agent: "x", priority: "low", lease: "9s" });
    expect(await cluster.jobs.get("j")).toEqual({
      id: "j",
      queue: "q",
      priority: "low",
      agent: "x",
      state: "ready",
      attempt: 0,
      maxAttempts: 0,
      retry: {
        backoff: "exponential",
        delaysMs: [],
        initialBackoffMs: 0,
        multiplier: 0,
        maxBackoffMs: 0,
        jitter: "equal",
      },
      leaseMs: 9_000,
      tags: [],
      key: "",
      dedup: undefined,
      timeouts: { queueMs: 0, attemptMs: 0, totalMs: 0 },
      rejectWhenOpen: false,
      enqueuedAtMs: 1_000,
      dueAtMs: undefined,
      finishedAtMs: undefined,
      claim: undefined,
      lastToken: 0,
      history: [],
      reason: "",
      cancelRequested: false,
      progress: undefined,
      checkpoint: undefined,
      onFailure: undefined,
      dependencies: [],
      data: { a: 1 },
      result: undefined,
    });
  });

  it("NOT_FOUND for a job that is not there", async () => {
    expect(await failureOf(cluster.jobs.get("nobody"))).toMatchObject({
      code: "NOT_FOUND",
      retryable: false,
    });
  });

  it("stale: whichever node answers will do, also without a leader", async () => {
    await enqueue(1);
    fake.elect(undefined);
    fake.node(1).kill();
    const job = await cluster.jobs.get("j0", { consistency: "stale" });
    expect(job.data).toEqual({ index: 0 });
  });
});

describe("list", () => {
  it("awaited, it is the first page; iterated, all pages", async () => {
    await enqueue(25);
    const page = await cluster.jobs.list({ limit: 10 });
    expect(page.jobs.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => `j${index}`));
    expect(page.after).toBe("j9");
    const sizes: number[] = [];
    for await (const { jobs } of cluster.jobs.list({ limit: 10, after: "j4" })) sizes.push(jobs.length);
    expect(sizes).toEqual([10, 10]);
  });

  it("goes on with the next leader when the first is lost between two pages", async () => {
    await enqueue(4);
    const ids: string[] = [];
    for await (const { jobs } of cluster.jobs.list({ limit: 2 })) {
      ids.push(...jobs.map(({ id }) => id));
      fake.elect(fake.node(2));
    }
    expect(ids).toEqual(["j0", "j1", "j2", "j3"]);
  });

  it("refuses a bad limit or state before it is sent", () => {
    expect(() => cluster.jobs.list({ limit: 0 })).toThrow("limit");
    expect(() => cluster.jobs.list({ state: "done" as "dead" })).toThrow("state");
  });
});

describe("cancel", () => {
  it("one result per id, in order", async () => {
    await enqueue(2);
    const results = await cluster.jobs.cancel(["j1", "nobody", "j0"], { reason: "no longer wanted" });
    expect(results.map(({ id, state, error }) => [id, state, error?.code])).toEqual([
      ["j1", "cancelled", undefined],
      ["nobody", undefined, "NOT_FOUND"],
      ["j0", "cancelled", undefined],
    ]);
  });

  it("splits what one request may not hold, and is tried again over a failover", async () => {
    fake.node(1).refusals.push(detail("OUTCOME_UNKNOWN", "leadership was lost before commit"));
    const ids = Array.from({ length: 10_001 }, (_, index) => `x${index}`);
    expect(await cluster.jobs.cancel(ids)).toHaveLength(10_001);
    expect(fake.node(1).unaryCalls).toEqual(["Cancel", "Cancel", "Cancel"]);
  });

  it("says DEADLINE_EXCEEDED when it may have taken effect", async () => {
    fake.node(1).answers = false;
    expect((await failureOf(cluster.jobs.cancel("a", { timeout: 100 }))).code).toBe("DEADLINE_EXCEEDED");
  });
});

it("stats", async () => {
  await enqueue(3);
  expect(await cluster.jobs.stats()).toEqual({
    enqueued: 3,
    purged: 0,
    queues: [
      {
        queue: "q",
        ready: { high: 1, normal: 2, low: 0 },
        scheduled: 0,
        running: 0,
        completed: 0,
        dead: 0,
        cancelled: 0,
        waiting: 0,
      },
    ],
  });
});

it("what no retry mends is not retried", async () => {
  fake.node(1).refusals.push(detail("INVALID_ARGUMENT", "no"));
  expect((await failureOf(cluster.jobs.stats())).code).toBe("INVALID_ARGUMENT");
  expect(fake.node(1).unaryCalls).toEqual(["Stats"]);
});

it("after close every call is refused", async () => {
  await cluster.close();
  const calls = [
    cluster.jobs.get("a"),
    cluster.jobs.cancel("a"),
    cluster.jobs.stats(),
    cluster.jobs.list(),
    cluster.claim("q"),
    cluster.status(),
  ];
  for (const error of await Promise.all(calls.map(failureOf))) expect(error.code).toBe("SHUTTING_DOWN");
});
