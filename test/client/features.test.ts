import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect, defineJob, type JobOptions } from "../../src/client/index.ts";
import { defaultSizes } from "../../src/codec/api/limits.ts";
import { start as startApi } from "../api/harness.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start();
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close({ drain: 0 });
  await fake[Symbol.asyncDispose]();
});

const specOf = async (options: JobOptions) => {
  await cluster.jobs.enqueue("q", 1, { id: "a", ...options });
  return fake.state.specs.get("a");
};

describe("options of a job", () => {
  it("all of them reach the server", async () => {
    const parent = await cluster.jobs.enqueue("q", 1, { id: "parent" });
    expect(
      await specOf({
        agent: "agent-7",
        tags: ["nightly", "eu"],
        key: "tenant-1",
        dedup: { key: "a.png", mode: "replace", window: "1h" },
        timeouts: { queue: "1m", attempt: "30s", total: "1d" },
        rejectWhenOpen: true,
        waitFor: [parent, "other", "other"],
        onFailure: "run",
        retry: { delays: ["1s", "1m"], jitter: "decorrelated" },
      }),
    ).toMatchObject({
      tags: ["nightly", "eu"],
      key: "tenant-1",
      dedup: { key: "a.png", mode: "DEDUP_MODE_REPLACE", windowMs: 3_600_000 },
      timeouts: { queueMs: 60_000, attemptMs: 30_000, totalMs: 86_400_000 },
      rejectWhenOpen: true,
      waitFor: { ids: ["parent", "other"], onFailure: "ON_FAILURE_RUN" },
      retry: { backoff: "BACKOFF_LIST", delaysMs: [1_000, 60_000], jitter: "JITTER_DECORRELATED" },
    });
  });

  it("a dedup key alone is short for the usual dedup; what is not said is not sent", async () => {
    expect(await specOf({ dedupKey: "a.png" })).toMatchObject({
      dedup: { key: "a.png", mode: "DEDUP_MODE_RETURN", windowMs: 0 },
      tags: [],
      key: "",
      timeouts: null,
      rejectWhenOpen: false,
      waitFor: null,
      retry: null,
    });
  });

  it.each<readonly [string, JobOptions, string]>([
    ["17 tags", { tags: Array.from({ length: 17 }, () => "t") }, "tags: 17 is not at most 16 tags"],
    ["an empty tag", { tags: [""] }, 'tags[0]: "" is not text of 1 to 64 characters'],
    ["a long key", { key: "x".repeat(129) }, "is not text of 0 to 128 characters"],
    ["an empty dedup key", { dedupKey: "" }, 'dedupKey: "" is not text of 1 to 256'],
    ["two dedup keys", { dedupKey: "a", dedup: { key: "b" } }, 'dedupKey: "a" is not needed beside dedup'],
    ["an unknown mode", { dedup: { key: "k", mode: "drop" as "force" } }, 'dedup.mode: "drop" is none of'],
    ["a timeout of nothing", { timeouts: { attempt: 0 } }, "timeouts.attempt: 0 is not at least 1 ms"],
    [
      "a breaker of nobody",
      { rejectWhenOpen: true },
      "rejectWhenOpen: true is not of any use without an agent",
    ],
    ["nobody to wait for", { waitFor: [] }, "waitFor: 0 is not 1 to 1000 jobs"],
    ["a bad id to wait for", { waitFor: ["a b"] }, 'waitFor[0]: "a b"'],
    ["itself to wait for", { id: "own", waitFor: ["a", "own"] }, 'waitFor: "own" is not another job'],
    ["a key of two lines", { key: "a\nb" }, 'key: "a\\nb" is not text without control characters'],
    ["a delay of eleven years", { delay: "4015d" }, 'delay: "4015d" is not at most 3650 days'],
    ["a backoff of a month", { retry: { maxBackoff: "31d" } }, '"31d" is not at most 30 days'],
    [
      "a backoff above its cap",
      { retry: { initialBackoff: "2m" } },
      'retry.initialBackoff: "2m" is not within maxBackoff (60000 ms)',
    ],
    ["onFailure alone", { onFailure: "run" }, 'onFailure: "run" is not needed without waitFor'],
    ["a list without delays", { retry: { backoff: "list" } }, "retry.delays"],
    [
      "delays without the list",
      { retry: { backoff: "fixed", delays: [1] } },
      'retry.backoff: "fixed" is not list',
    ],
  ])("%s is refused before it is sent", async (_name, options, message) => {
    const error = await failureOf(cluster.jobs.enqueue("q", 1, options));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(message);
    expect(fake.node(1).requests).toHaveLength(0);
  });
});

describe("a job that is refused by itself", () => {
  const items = ["a", "b", "c"].map((id) => ({ queue: "q", data: 1, id }));
  beforeEach(() => fake.state.refused.set("b", detail("DUPLICATE", "job x holds the key")));

  it("enqueue rejects with why", async () => {
    expect(await failureOf(cluster.jobs.enqueue("q", 1, { id: "b" }))).toMatchObject({
      code: "DUPLICATE",
      message: "job x holds the key",
    });
  });

  it("of many the others exist, and it says so itself", async () => {
    const [a, b, c] = await cluster.jobs.enqueueMany(items);
    expect([a?.state, c?.state]).toEqual(["ready", "ready"]);
    expect(b).toMatchObject({ id: "b", error: { code: "DUPLICATE" } });
    expect(() => b?.state).toThrow("job x holds the key");
    expect((await failureOf(b?.result() ?? Promise.resolve())).code).toBe("DUPLICATE");
  });

  it("of an atomic batch none exists, and the one at fault is named", async () => {
    const error = await failureOf(cluster.jobs.enqueueMany(items, { atomic: true }));
    expect(error).toMatchObject({
      code: "DUPLICATE",
      message: "nothing was enqueued: job b: job x holds the key",
    });
    expect(fake.state.specs.size).toBe(0);
  });

  it("of a definition says so as well", async () => {
    const given = defineJob({ queue: "q", defaults: (input) => ({ id: String(input) }) });
    const [a, b] = await cluster.enqueueMany(given, ["a", "b"]);
    expect(a).toEqual(expect.objectContaining({ id: "a", state: "ready", existing: false }));
    expect(b?.error?.code).toBe("DUPLICATE");
    expect(() => b?.state).toThrow("job x holds the key");
    expect((await failureOf(b?.result() ?? Promise.resolve())).code).toBe("DUPLICATE");
  });
});

describe("an atomic batch", () => {
  const many = (count: number, bytes = 1) =>
    Array.from({ length: count }, (_, n) => ({ queue: "q", data: "x".repeat(bytes), id: `m${n}` }));

  it("is one request, however many share the turn, and goes again as a whole after a broken stream", async () => {
    fake.node(1).enqueues = "swallow";
    const single = cluster.jobs.enqueue("q", 1);
    const batch = cluster.jobs.enqueueMany(many(1000, 2000), { atomic: true });
    const other = cluster.jobs.enqueue("q", 2);
    await cluster.jobs.stats();
    fake.node(1).enqueues = "answer";
    expect(await batch).toHaveLength(1000);
    await Promise.all([single, other]);
    const atomic = fake.node(1).requests.filter((request) => request.atomic);
    expect(atomic.map(({ jobs }) => jobs.length)).toEqual(atomic.map(() => 1000));
    for (const { jobs, atomic: all } of fake.node(1).requests) if (!all) expect(jobs.length).toBeLessThan(3);
  });

  it("that could never be one request is refused before it is sent", async () => {
    const tooMany = await failureOf(cluster.jobs.enqueueMany(many(1001), { atomic: true }));
    expect(tooMany).toMatchObject({ code: "INVALID_ARGUMENT" });
    const tooLarge = await failureOf(cluster.jobs.enqueueMany(many(5, 1_000_000), { atomic: true }));
    expect(tooLarge).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    const ids = Array.from({ length: 1_000 }, (_, n) => `w${n}`);
    const waiting = many(11).map((item) => ({ ...item, waitFor: ids }));
    const tooDeep = await failureOf(cluster.jobs.enqueueMany(waiting, { atomic: true }));
    expect(tooDeep.message).toMatch(/^atomic: 11000 is not for jobs that wait for more than 10000 others/);
    expect(tooLarge.message).toMatch(
      /has 50\d{5} bytes; the nodes take at most 4194304 in a request: .*--max-batch/,
    );
    expect(fake.node(1).requests).toHaveLength(0);
  });

  it("may be as large as the nodes say that they take, to the byte", async () => {
    const sizes = { ...defaultSizes, maxPayloadBytes: 2 * 1024 * 1024, maxBatchBytes: 6 * 1024 * 1024 };
    await using api = await startApi({ sizes });
    api.node.view = { leaderAddress: api.address, members: [] };
    await using wide = await connect(api.address);
    const batch = (bytes: number) => wide.jobs.enqueueMany(many(4, bytes), { atomic: true });
    const refused = await failureOf(batch(1_600_000));
    expect(refused.message).toMatch(/the atomic batch has 64\d{5} bytes; the nodes take at most 6291456/);
    expect(await batch(1_500_000)).toHaveLength(4);
  });
});
