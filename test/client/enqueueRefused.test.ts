import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect, type EnqueueItem } from "../../src/client/index.ts";
import { startTestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";

const many = (count: number): (EnqueueItem & { id: string })[] =>
  Array.from({ length: count }, (_, n) => ({ queue: "q", data: n, id: `m${n}` }));
const tooLarge = "x".repeat(300 * 1024);

// Put it in: enqueuer.ts, `#blame`: fail the call when the request holds no other.
describe("a job that the nodes do not take in, among many", () => {
  it("is refused alone, under its own place; all others are enqueued", async () => {
    await using real = await startTestCluster();
    const items = many(2_500).map((item, n) => (n === 1_700 || n === 3 ? { ...item, data: tooLarge } : item));
    const jobs = await real.jobs.enqueueMany(items);
    const refused = jobs.flatMap(({ error }, n) =>
      error === undefined ? [] : [{ n, code: error.code, message: error.message }],
    );
    expect(refused.map(({ n, code }) => [n, code])).toEqual([
      [3, "PAYLOAD_TOO_LARGE"],
      [1_700, "PAYLOAD_TOO_LARGE"],
    ]);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^jobs\[3\] \(m3\): payload has 307202 bytes; at most 262144 are allowed/),
      expect.stringMatching(/^jobs\[1700\] \(m1700\): payload has 307202 bytes/),
    ]);
    expect((await real.jobs.stats()).enqueued).toBe(2_498);
  });

  it("of an atomic batch refuses the whole, and is named", async () => {
    await using real = await startTestCluster();
    const items = many(10).map((item, n) => (n === 4 ? { ...item, data: tooLarge } : item));
    const error = await failureOf(real.jobs.enqueueMany(items, { atomic: true }));
    expect(error).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect(error.message).toMatch(/^jobs\[4\]\.payload has/);
    expect((await real.jobs.stats()).enqueued).toBe(0);
  });

  it("that the SDK refuses is named before anything is sent", async () => {
    await using real = await startTestCluster();
    const items = many(3).map((item, n) => (n === 1 ? { ...item, lease: 1 } : item));
    const error = await failureOf(real.jobs.enqueueMany(items));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.message).toMatch(/^jobs\[1\]: lease: 1 is not/);
    expect((await real.jobs.stats()).enqueued).toBe(0);
  });
});

describe("the search for it", () => {
  let fake: FakeCluster;
  let cluster: Cluster;
  beforeEach(async () => {
    fake = await FakeCluster.start(1);
    cluster = await connect(fake.endpoints);
  });
  afterEach(async () => {
    await cluster.close();
    await fake[Symbol.asyncDispose]();
  });

  it("asks twice for each halving, whoever shares the request", async () => {
    fake.node(1).poison = "bad";
    const calls = many(600).map(({ id }) => cluster.jobs.enqueue("q", 1, { id }));
    const bad = failureOf(cluster.jobs.enqueue("q", 1, { id: "bad" }));
    const batch = cluster.jobs.enqueueMany(many(399).map((item) => ({ ...item, id: `b${item.id}` })));
    expect((await bad).message).toBe("a bad job is in it");
    expect(await Promise.all(calls)).toHaveLength(600);
    expect((await batch).filter(({ error }) => error !== undefined)).toEqual([]);
    expect(fake.state.specs.size).toBe(999);
    expect(fake.node(1).requests.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(1_000)));
  });

  it("ends when all are bad, and goes on over a broken stream", async () => {
    fake
      .node(1)
      .refusals.push(
        ...Array.from({ length: 3 }, () => detail("INVALID_ARGUMENT", "no")),
        detail("OUTCOME_UNKNOWN", "leadership was lost"),
        ...Array.from({ length: 60 }, () => detail("INVALID_ARGUMENT", "no")),
      );
    const jobs = await cluster.jobs.enqueueMany(many(16));
    expect(jobs.map(({ error }) => error?.message)).toEqual(
      jobs.map(({ id }, n) => `jobs[${n}] (${id}): no`),
    );
    expect(fake.state.specs.size).toBe(0);
  });

  // Put it in: enqueueCall.ts: tell of each refusal as it is.
  it("says of a limit that an earlier try, or an earlier part, may have been within it", async () => {
    const full = () => detail("LIMIT_REACHED", "full; nothing was done");
    fake.node(1).refusals.push(full());
    const never = await failureOf(cluster.jobs.enqueue("q", 1, { id: "a" }));
    expect(never).toMatchObject({ code: "LIMIT_REACHED", message: "full; nothing was done" });
    fake.node(1).refusals.push(detail("OUTCOME_UNKNOWN", "leadership was lost"), full());
    const again = await failureOf(cluster.jobs.enqueue("q", 1, { id: "a" }));
    expect(again.code).toBe("LIMIT_REACHED");
    expect(again.message).toMatch(/nothing was done by the last request; job a may exist; look it up/);
    fake.node(1).refusals.push(undefined, full());
    const parts = await failureOf(cluster.jobs.enqueueMany(many(2_500)));
    expect(parts.code).toBe("LIMIT_REACHED");
    expect(parts.message).toMatch(/by the last request; each of 2500 jobs from m0 on may exist/);
    expect(fake.state.specs.size).toBeGreaterThan(0);
    fake.node(1).refusals.push(undefined, detail("INTERNAL", "a bug"));
    expect((await failureOf(cluster.jobs.enqueueMany(many(2_500)))).message).toBe("a bug");
  });

  it("is not begun for what no single job can be to blame for", async () => {
    fake.node(1).refusals.push(detail("INTERNAL", "a bug"));
    expect(await failureOf(cluster.jobs.enqueueMany(many(100)))).toMatchObject({ code: "INTERNAL" });
    expect(fake.node(1).requests).toHaveLength(1);
  });
});
