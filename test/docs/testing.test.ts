import { startTestCluster } from "conclave/testing";
import { describe, expect, test } from "vitest";

/** The examples of docs/testing.md. */
test("an invoice goes out once the mail server is back", async () => {
  await using cluster = await startTestCluster();
  const backAt = cluster.now.getTime() + 8 * 60_000;
  let attempts = 0;
  cluster.work<{ to: string }, string>("invoice", {}, ({ data }) => {
    attempts++;
    if (cluster.now.getTime() < backAt) throw new Error("the mail server is down");
    return `sent to ${data.to}`;
  });

  const retry = { maxAttempts: 10, initialBackoff: "30s", maxBackoff: "2m", jitter: "none" } as const;
  const job = await cluster.jobs.enqueue("invoice", { to: "ada@example.org" }, { retry });
  await cluster.advance("10m");

  expect(await job.result()).toBe("sent to ada@example.org");
  expect(attempts).toBe(7); // at once, then after 30 s, 1 m, 2 m, 2 m, 2 m, 2 m
});

test("a worker is killed: its job comes back when the lease is over", async () => {
  await using cluster = await startTestCluster();
  const doomed = cluster.connect(); // another program
  doomed.work("report", {}, () => cluster.sleep("1h"));
  const job = await cluster.jobs.enqueue("report", { year: 2026 }, { lease: "30s" });
  await cluster.settled();

  doomed.sever(); // kill -9
  cluster.work("report", {}, ({ attempt }) => `made by attempt ${attempt}`);
  expect(await cluster.advanceUntil(job.result())).toBe("made by attempt 2");
});

test("a job's life is told in order, in the cluster's time", async () => {
  await using cluster = await startTestCluster();
  const told: string[] = [];
  const watching = (async () => {
    for await (const { type, atMs } of cluster.jobs.watch({ queue: "mail" })) {
      told.push(`${type} at ${new Date(atMs).toISOString()}`);
      if (type === "completed") return;
    }
  })();
  await cluster.settled();
  cluster.work("mail", {}, () => "sent");
  await cluster.jobs.enqueue("mail", { to: "ada@example.org" }, { delay: "5m" });
  await cluster.advanceUntil(watching);
  expect(told.map((each) => each.split(" ")[0])).toEqual(["enqueued", "ready", "started", "completed"]);
});

test("a duty of the leader begins anew after a change of leader", async () => {
  await using cluster = await startTestCluster();
  const terms: number[] = [];
  let rounds = 0;
  cluster.whileLeader(async ({ term, sleep, enqueue }) => {
    terms.push(term);
    for (;;) {
      await enqueue([{ queue: "report", data: { round: ++rounds } }]);
      await sleep("10m");
    }
  });
  await cluster.advance("1h"); // at once, then six times
  await cluster.changeLeader("5s"); // another node leads for five seconds
  expect(rounds).toBe(8);
  expect(terms).toHaveLength(2);
  expect(terms[1]).toBeGreaterThan(terms[0] ?? 0);
});

test("items of a source become jobs, each once, and are acknowledged", async () => {
  await using cluster = await startTestCluster();
  const orders = [{ id: "a" }, { id: "b" }];
  const done: string[] = [];
  let isDown = true;
  cluster.pollSource({
    name: "shop",
    queue: "orders",
    interval: "1m",
    backoff: { initial: "10s" },
    poll: async () => {
      if (isDown) throw new Error("the shop is down");
      return orders; // the same again each time
    },
    ack: async (ids) => void done.push(...ids),
  });
  await cluster.advance("1h");
  isDown = false;
  await cluster.changeLeader("5s");
  await cluster.advance("10m");
  const { jobs } = await cluster.jobs.list({ queue: "orders" });
  expect(jobs.map(({ id }) => id)).toEqual(["shop/a", "shop/b"]);
  expect(new Set(done)).toEqual(new Set(["a", "b"]));
});

describe("what the page says", () => {
  test("advance waits for no real time, result() does", async () => {
    await using cluster = await startTestCluster();
    const { setTimeout: realSleep } = await import("node:timers/promises");
    let end = (): void => undefined;
    const mayEnd = new Promise<void>((resolve) => {
      end = resolve;
    });
    cluster.work("q", {}, async () => {
      await mayEnd;
      return "done";
    });
    const job = await cluster.jobs.enqueue("q", 1);
    await cluster.settled();
    expect((await cluster.jobs.get(job.id)).state).toBe("running");
    void realSleep(5).then(() => end());
    expect(await job.result()).toBe("done");
  });
});
