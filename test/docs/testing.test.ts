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

describe("what the page says", () => {
  test("advance waits for no real time, result() does", async () => {
    await using cluster = await startTestCluster();
    const { setTimeout: realSleep } = await import("node:timers/promises");
    cluster.work("q", {}, async () => {
      await realSleep(5);
      return "done";
    });
    const job = await cluster.jobs.enqueue("q", 1);
    await cluster.settled();
    expect((await cluster.jobs.get(job.id)).state).toBe("running");
    expect(await job.result()).toBe("done");
  });
});
