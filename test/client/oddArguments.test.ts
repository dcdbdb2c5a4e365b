import { describe, expect, it } from "vitest";
import { invalid } from "../../src/client/checks.ts";
import { type Cluster, connect, type EnqueueItem } from "../../src/client/index.ts";
import { failureOf as toldOf } from "../../src/client/outcome.ts";
import { startTestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

const half = "\ud83d";

// Put it in: checks.ts: `checkWellFormed` returns what it is given.
describe("a name with half of a surrogate pair", () => {
  const names: readonly (readonly [string, (cluster: Cluster) => Promise<unknown>])[] = [
    ["dedupKey", (cluster) => cluster.jobs.enqueue("q", 1, { dedupKey: `a${half}` })],
    ["dedup.key", (cluster) => cluster.jobs.enqueue("q", 1, { dedup: { key: half } })],
    ["key", (cluster) => cluster.jobs.enqueue("q", 1, { key: half })],
    ["agent", (cluster) => cluster.jobs.enqueue("q", 1, { agent: half })],
    ["tags[0]", (cluster) => cluster.jobs.enqueue("q", 1, { tags: [half] })],
    ["agent", (cluster) => cluster.breakers.open(half)],
    ["key", (cluster) => cluster.jobs.cancelAll({ key: half })],
    ["tag", (cluster) => cluster.jobs.delete({ tag: half })],
    ["weights", (cluster) => cluster.queues.set("q", { weights: { [half]: 2 } })],
  ];
  it.each(names)("is refused: %s", async (what, act) => {
    await using cluster = await startTestCluster();
    const error = await failureOf(act(cluster));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(`${what}: `);
    expect(error.message).toContain("is not well-formed text");
    await cluster.jobs.enqueue("q", 1, { dedupKey: "😀", key: "😀", agent: "😀", tags: ["😀"] });
  });

  it("but in a text for people it is replaced", async () => {
    expect(toldOf(new Error(`cut ${half}`)).error).toMatch(/^cut \ufffd/);
    await using cluster = await startTestCluster();
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await cluster.jobs.cancel("a", { reason: `why ${half}` });
    expect((await cluster.jobs.get("a")).reason).toBe("why \ufffd");
    await cluster.queues.pause("q", { by: half, why: `because ${half}` });
  });
});

// Put it in: jobs.ts: `specOf` and `enqueueMany` without their checks.
describe("what a program without a type checker may give", () => {
  const odd: readonly (readonly [string, (cluster: Cluster) => Promise<unknown>, RegExp])[] = [
    ["no array", (cluster) => cluster.jobs.enqueueMany("str" as never), /^jobs: "str" is not an array/],
    [
      "no item",
      (cluster) => cluster.jobs.enqueueMany([null] as never),
      /^jobs\[0\]: null is not an object with a queue/,
    ],
    [
      "holes",
      (cluster) => cluster.jobs.enqueueMany(new Array<never>(2)),
      /^jobs\[0\]: undefined is not an object with a queue/,
    ],
    [
      "a text for tags",
      (cluster) => cluster.jobs.enqueue("q", 1, { tags: "abc" as never }),
      /^tags: "abc" is not an array/,
    ],
    [
      "a text for waitFor",
      (cluster) => cluster.jobs.enqueue("q", 1, { waitFor: "abc" as never }),
      /^waitFor: "abc" is not an array/,
    ],
    [
      "no job to wait for",
      (cluster) => cluster.jobs.enqueue("q", 1, { waitFor: [null as never] }),
      /^waitFor\[0\]: null is not 1 to/,
    ],
    ["no ids", (cluster) => cluster.jobs.cancel(null as never), /^ids: null is not an array/],
    [
      "no data for a queue",
      (cluster) => cluster.queue("q").enqueueMany("str" as never),
      /^data: "str" is not an array/,
    ],
    [
      "a number for an id",
      (cluster) => cluster.jobs.enqueue("q", 1, { id: 5 as never }),
      /^id: 5 is not 1 to/,
    ],
    ["no queue", (cluster) => cluster.jobs.enqueue(undefined as never, 1), /^queue: undefined is not 1 to/],
    [
      "NaN",
      (cluster) => cluster.jobs.enqueue("q", 1, { retry: { maxAttempts: Number.NaN } }),
      /^retry.maxAttempts: NaN is not/,
    ],
    [
      "NaN of time",
      (cluster) => cluster.jobs.enqueue("q", 1, { delay: Number.NaN }),
      /^delay: NaN is no duration/,
    ],
    [
      "no duration",
      (cluster) => cluster.jobs.enqueue("q", 1, { delay: null as never }),
      /^delay: null is no duration/,
    ],
  ];
  it.each(odd)("is INVALID_ARGUMENT: %s", async (_, act, message) => {
    await using cluster = await startTestCluster();
    const error = await failureOf(act(cluster));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(message);
  });

  it("is shown as what it is", () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const texts = [Number.POSITIVE_INFINITY, 5n, circular].map((value) => invalid("it", value, "x").message);
    expect(texts).toEqual(["it: Infinity is not x", "it: 5n is not x", "it: this object is not x"]);
  });
});

// Put it in: jobs.ts, `asNew`: return `outcome`.
it("a job under an id of the SDK's own is new, also when its call was sent twice", async () => {
  await using fake = await FakeCluster.start(1);
  const cluster = await connect(fake.endpoints);
  const items: EnqueueItem[] = [
    { queue: "q", data: 1 },
    { queue: "q", data: 2 },
    { queue: "q", data: 3, id: "own" },
  ];
  fake.node(1).enqueues = "swallow";
  const calls = Promise.all([cluster.jobs.enqueue("q", 1), cluster.jobs.enqueueMany(items)]);
  await until("all were taken in", () => fake.state.specs.size === 4);
  fake.node(1).enqueues = "answer";
  const [one, many] = await calls;
  expect(one.existing).toBe(false);
  expect(many.map(({ existing }) => existing)).toEqual([false, false, true]);
  expect((await cluster.jobs.enqueue("q", 1, { id: one.id })).existing).toBe(true);
  await cluster.close();
});

// Put it in: jobs.ts, `enqueueMany`: leave out `drawnBefore`.
it("so are the jobs of a flow", async () => {
  await using fake = await FakeCluster.start(1);
  const cluster = await connect(fake.endpoints);
  fake.node(1).enqueues = "swallow";
  const [child, own] = [
    { queue: "q", data: 2 },
    { queue: "q", data: 3, id: "own" },
  ];
  const call = cluster.flow({ queue: "q", data: 1, children: [child, own] });
  await until("all were taken in", () => fake.state.specs.size === 3);
  fake.node(1).enqueues = "answer";
  const { job, children } = await call;
  expect([job, ...children.map((each) => each.job)].map(({ existing }) => existing)).toEqual([
    false,
    false,
    true,
  ]);
  await cluster.close();
});

// Put it in: `toMs` in place of `checkDuration`.
describe("a duration that no message can carry is INVALID_ARGUMENT, by its name:", () => {
  const release = async (cluster: Cluster, delay: number) => {
    await cluster.jobs.enqueue("q", 1);
    const [job] = await cluster.claim("q");
    await job?.release({ delay });
  };
  const schedule = (cluster: Cluster, times: { readonly every: number; readonly jitter?: number }) =>
    cluster.schedules.put("s", { ...times, queue: "q", data: 1 });
  const breaker = { threshold: 1, initialOpen: 1_000, maxOpen: 1_000 };
  const given: readonly (readonly [string, (cluster: Cluster, ms: number) => Promise<unknown>])[] = [
    ["delay", release],
    ["ageing", (cluster, ageing) => cluster.queues.set("q", { ageing })],
    [
      "breaker.initialOpen",
      (cluster, initialOpen) => cluster.queues.set("q", { breaker: { ...breaker, initialOpen } }),
    ],
    ["breaker.maxOpen", (cluster, maxOpen) => cluster.queues.set("q", { breaker: { ...breaker, maxOpen } })],
    ["rate.interval", (cluster, interval) => cluster.queues.set("q", { rate: { limit: 1, interval } })],
    ["every", (cluster, every) => schedule(cluster, { every })],
    ["jitter", (cluster, jitter) => schedule(cluster, { every: 1_000, jitter })],
  ];
  it.each(given)("%s", async (what, call) => {
    await using cluster = await startTestCluster();
    for (const ms of [2 ** 53, 2 ** 64, 1e300]) {
      const { code, message } = await failureOf(call(cluster, ms));
      expect([code, message.startsWith(`${what}: ${ms} is not at most`)]).toEqual(["INVALID_ARGUMENT", true]);
    }
  });
});

// Put it in: nodes.ts: a deadline as far off as the timeout says.
it.each(["25d", "30d", Number.MAX_SAFE_INTEGER])(
  "a call with the timeout %s is answered",
  async (timeout) => {
    await using fake = await FakeCluster.start(1);
    await using cluster = await connect(fake.endpoints);
    // For some ms, so that a timer that overflows would come first.
    fake.node(1).statusTurns = 5_000;
    const [status] = await cluster.status({ timeout });
    expect(status).toMatchObject({ nodeId: "n1", error: undefined });
    expect(await cluster.transferLeadership({ to: "n2", timeout })).toMatchObject({ leaderId: "n2" });
  },
);

it.each<readonly [string, (cluster: Cluster) => Promise<unknown>]>([
  ["breakers.open", (cluster) => cluster.breakers.open("a", { for: "soon" })],
  ["breakers.reset", (cluster) => cluster.breakers.reset("")],
  ["queues.purge", (cluster) => cluster.queues.purge("no name")],
])("%s rejects, and does not throw", async (_, act) => {
  await using cluster = await startTestCluster();
  let given: Promise<unknown> | undefined;
  expect(() => {
    given = act(cluster);
  }).not.toThrow();
  expect((await failureOf(given ?? Promise.resolve())).code).toBe("INVALID_ARGUMENT");
});
