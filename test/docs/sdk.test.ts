import { ConclaveError, connect, defineJob, NonRetryableError, RetryAfterError } from "conclave";
import { startTestCluster, type TestCluster } from "conclave/testing";
import * as v from "valibot";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";

/** The examples of docs/sdk.md, against a cluster in the process. */
vi.mock(import("conclave"), async (original) => ({
  ...(await original()),
  connect: async () => await startTestCluster(),
}));

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
});
afterEach(async () => {
  await cluster.close({ drain: 0 });
});

test("connecting", async () => {
  await using cluster = await connect("n1:7400,n2:7400,n3:7400");
  expect((await cluster.jobs.stats()).enqueued).toBe(0);
});

test("enqueueing", async () => {
  const tomorrow = new Date(cluster.now.getTime() + 86_400_000);
  const job = await cluster.jobs.enqueue("mail", { to: "ada@example.org" });
  await cluster.jobs.enqueue("mail", { to: "bob@example.org" }, { id: "welcome:bob", runAt: tomorrow });
  await cluster.jobs.enqueueMany([
    { queue: "mail", data: { to: "eve@example.org" }, priority: "low" },
    { queue: "audit", data: { sent: 3 }, retry: { maxAttempts: 20, maxBackoff: "10m" } },
  ]);
  expect(job.state).toBe("ready");
  expect((await cluster.jobs.get("welcome:bob")).dueAtMs).toBe(tomorrow.getTime());
  expect((await cluster.jobs.stats()).enqueued).toBe(4);
});

test("results", async () => {
  cluster.work("sum", {}, () => 1);
  const seen: unknown[] = [];
  const log = (what: unknown) => seen.push(what);
  const job = await cluster.jobs.enqueue<number[], number>("sum", [1, 2, 3]);
  try {
    const sum = await job.result({ timeout: "5m" });
    log(sum);
  } catch (error) {
    if (!(error instanceof ConclaveError) || error.code !== "JOB_DEAD") throw error;
    log(error.job?.history); // what each attempt failed with
  }
  const later = await cluster.jobs.handle<number>(job.id).result(); // from anywhere, as long as it is kept
  expect([seen, later]).toEqual([[1], 1]);
});

test("a definition", async () => {
  const render = async (_url: string, signal: AbortSignal) => await Promise.resolve(signal.aborted ? 0 : 7);
  const screenshot = defineJob({
    queue: "screenshot",
    input: z.object({ url: z.url(), width: z.number().default(1280) }),
    output: z.object({ bytes: z.number() }),
    defaults: ({ url }) => ({ agent: new URL(url).host, lease: "1m" }),
  });

  cluster.work(screenshot, { concurrency: 4 }, async ({ data, signal }) => {
    return { bytes: await render(data.url, signal) }; // data.width is 1280 unless it was given
  });

  const job = await cluster.enqueue(screenshot, { url: "https://example.org" }, { priority: "high" });
  const { bytes } = await job.result(); // a number
  const many = await cluster.enqueueMany(screenshot, [{ url: "https://a.org" }, { url: "https://b.org" }]);
  expect([bytes, many.length, (await cluster.jobs.get(job.id)).agent]).toEqual([7, 2, "example.org"]);
});

test("a definition, refused", async () => {
  const order = defineJob({
    queue: "order",
    input: v.object({ items: v.array(v.object({ count: v.number() })) }),
  });
  const input = { items: [{ count: "two" }] } as never;
  const error = await cluster.enqueue(order, input).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/^order: the data does not fit its schema: items\[0\]\.count: ./),
    issues: [{ path: "items[0].count" }],
  });
});

test("working", async () => {
  const write = async (_data: unknown, fence: { fence: number; signal: AbortSignal }) =>
    await Promise.resolve(fence.fence);
  const process = { once: (_: string, stop: () => void) => void setImmediate(stop) };
  const worker = cluster.work("mail", { concurrency: 16, drain: "1m" }, async (job) => {
    await write(job.data, { fence: job.fencingToken, signal: job.signal });
  });
  process.once("SIGTERM", () => void worker.stop());
  await worker.closed;
  expect(worker.state).toBe("closed");
});

test("errors of handlers", async () => {
  const send = async (to: string) => await Promise.resolve({ status: Number(to), retryAfterSeconds: 90 });
  cluster.work<string>("mail", {}, async ({ data }) => {
    const answer = await send(data);
    if (answer.status === 404) throw new NonRetryableError("no such address"); // dead at once
    if (answer.status === 429) throw new RetryAfterError("too many", `${answer.retryAfterSeconds}s`);
    if (answer.status >= 500) throw new Error("mail server"); // again, as the job's retry policy says
  });
  const retry = { jitter: "none", maxBackoff: "5m" } as const;
  const jobs = await cluster.jobs.enqueueMany(
    ["404", "429", "500", "200"].map((data) => ({ queue: "mail", data, id: `j${data}`, retry })),
  );
  await cluster.settled();
  const seen = await Promise.all(jobs.map(({ id }) => cluster.jobs.get(id)));
  const now = cluster.now.getTime();
  expect(seen.map(({ state, dueAtMs }) => [state, dueAtMs && dueAtMs - now])).toEqual([
    ["dead", undefined],
    ["scheduled", 90_000],
    ["scheduled", 1_000],
    ["completed", undefined],
  ]);
});

test("checkpoints and progress", async () => {
  const pages = 4;
  const loaded: number[] = [];
  const load = async (page: number) => {
    await cluster.sleep("1s");
    if (page === 2 && !loaded.includes(1.5)) {
      loaded.push(1.5);
      throw new Error("the connection broke");
    }
    loaded.push(page);
  };
  cluster.work("import", {}, async (job) => {
    let page = Number(job.checkpoint ?? 0); // what an attempt before this one saved last, also if it crashed
    for (; page < pages; page++) {
      await load(page);
      await job.saveCheckpoint(page + 1); // once it resolves it is durable, and was accepted under this token
      job.progress((100 * (page + 1)) / pages, `page ${page} of ${pages}`);
    }
  });
  const job = await cluster.jobs.enqueue("import", 1);
  await cluster.advanceUntil(job.result());
  expect(loaded).toEqual([0, 1, 1.5, 2, 3]);
  expect((await cluster.jobs.get(job.id)).progress).toMatchObject({ percent: 100, note: "page 3 of 4" });
});

test("snooze", async () => {
  const opensAt = cluster.now.getTime() + 3_600_000;
  const shop = {
    get opensInMs() {
      return opensAt - cluster.now.getTime();
    },
  };
  cluster.work("order", {}, (job) => {
    if (shop.opensInMs > 0) job.snooze(shop.opensInMs); // comes again then; costs no attempt
    return job.attempt;
  });
  const job = await cluster.jobs.enqueue("order", 1);
  expect(await cluster.advanceUntil(job.result())).toBe(1);
  expect(cluster.now.getTime()).toBeGreaterThanOrEqual(opensAt);
});

test("health", async () => {
  const probe = { ready: false };
  const worker = cluster.work(
    "mail",
    {
      onHealth: ({ consuming, reason, since }) => {
        probe.ready = consuming;
        if (!consuming) logger.warn({ since }, reason?.message ?? "");
      },
    },
    () => undefined,
  );
  await cluster.advance("10s");
  expect([probe.ready, worker.health.consuming]).toEqual([true, true]);
});

test("claiming by hand", async () => {
  await cluster.jobs.enqueue("mail", { to: "ada@example.org" });
  const [job] = await cluster.claim("mail", { wait: "20s" });
  if (job !== undefined) {
    await job.extend();
    await job.complete("sent");
  }
  expect((await cluster.jobs.stats()).queues).toMatchObject([{ completed: 1 }]);
});

test("a queue of one type", async () => {
  const mail = cluster.queue<{ to: string }, string>("mail");
  mail.work({ concurrency: 4 }, ({ data }) => `sent to ${data.to}`);
  const job = await mail.enqueue({ to: "ada@example.org" });
  expect(await job.result()).toBe("sent to ada@example.org");
});

const logger = { warn: (_fields: object, _message: string): void => undefined };
