import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NonRetryableError, RetryAfterError } from "../../src/client/index.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ now: new Date("2026-01-01T00:00:00Z") });
});
afterEach(async () => {
  await cluster.close();
});

describe("a test cluster", () => {
  it("enqueues, works and gives results", async () => {
    cluster.work<number, number>("double", {}, ({ data }) => 2 * data);
    const jobs = await cluster.jobs.enqueueMany<number, number>(
      [1, 2, 3].map((data) => ({ queue: "double", data })),
    );
    expect(await Promise.all(jobs.map((job) => job.result()))).toEqual([2, 4, 6]);
    expect(await cluster.jobs.stats()).toMatchObject({ enqueued: 3, queues: [{ completed: 3 }] });
  });

  it("moves its clocks only when told to", async () => {
    expect(cluster.now).toEqual(new Date("2026-01-01T00:00:00Z"));
    await cluster.advance("90m");
    expect(cluster.now).toEqual(new Date("2026-01-01T01:30:00Z"));
    await cluster.settled();
    expect(cluster.now).toEqual(new Date("2026-01-01T01:30:00Z"));
  });

  it("delayed jobs run at their time, to the second", async () => {
    const ran: string[] = [];
    cluster.work("q", {}, ({ id }) => void ran.push(`${id} ${cluster.now.toISOString()}`));
    await cluster.jobs.enqueue("q", 1, { id: "later", delay: "10m" });
    await cluster.jobs.enqueue("q", 1, { id: "at", runAt: new Date("2026-01-01T00:05:00Z") });
    await cluster.advance("4m");
    expect(ran).toEqual([]);
    await cluster.advance("1h");
    expect(ran.map((line) => line.slice(0, -5))).toEqual([
      "at 2026-01-01T00:05:00",
      "later 2026-01-01T00:10:00",
    ]);
  });

  it("retries with backoff", async () => {
    const at: number[] = [];
    cluster.work("q", {}, () => {
      at.push(cluster.now.getTime() - Date.UTC(2026, 0, 1));
      throw new Error("down");
    });
    const job = await cluster.jobs.enqueue("q", 1, {
      retry: { maxAttempts: 4, initialBackoff: "1m", jitter: "none" },
    });
    await cluster.advance("2h");
    expect(at.map((ms) => Math.round(ms / 60_000))).toEqual([0, 1, 2, 3]);
    expect(await failureOf(job.result())).toMatchObject({ code: "JOB_DEAD" });
  });

  it("leases run out: a job whose worker was killed comes back, and the zombie is told", async () => {
    const doomed = cluster.connect();
    const lost: unknown[] = [];
    const zombie = doomed.work("q", {}, async ({ signal }) => {
      await cluster.sleep("1h", { signal }).catch(() => lost.push(signal.reason));
    });
    const job = await cluster.jobs.enqueue<number, string>("q", 1, { lease: "30s" });
    await cluster.settled();
    doomed.sever();
    await cluster.advance("20s");
    expect((await cluster.jobs.get(job.id)).state).toBe("running");
    await cluster.advance("20s");
    expect(lost).toMatchObject([{ code: "LEASE_LOST" }]);
    cluster.work("q", {}, ({ attempt }) => `attempt ${attempt}`);
    expect(await cluster.advanceUntil(job.result())).toBe("attempt 2");
    expect((await cluster.jobs.get(job.id)).history).toMatchObject([{ end: "expired", workerId: zombie.id }]);
  });

  it("leases are renewed for as long as a handler works", async () => {
    let attempts = 0;
    cluster.work("q", {}, async () => {
      attempts++;
      await cluster.sleep("10m");
      return "done";
    });
    const job = await cluster.jobs.enqueue("q", 1, { lease: "10s" });
    await cluster.advance("9m");
    expect((await cluster.jobs.get(job.id)).state).toBe("running");
    await cluster.advance("1m");
    expect(await job.result()).toBe("done");
    expect(attempts).toBe(1);
  });

  it("a claim by hand that is not extended runs out", async () => {
    await cluster.jobs.enqueue("q", "mine", { id: "a", lease: "30s" });
    const [claimed] = await cluster.claim("q", { wait: "1m" });
    expect(claimed?.data).toBe("mine");
    await cluster.advance("32s");
    expect(await failureOf(claimed?.complete(1) ?? Promise.resolve())).toMatchObject({ code: "STALE_TOKEN" });
    const none = cluster.claim("nothing", { wait: "50s" });
    expect(await cluster.advanceUntil(none)).toEqual([]);
  });

  it("handlers' wishes are heard: not again, not before, cancelled", async () => {
    cluster.work("never", {}, () => {
      throw new NonRetryableError("no such page");
    });
    cluster.work("later", {}, ({ attempt }) => {
      if (attempt === 1) throw new RetryAfterError("busy", "3m");
      return cluster.now.toISOString().slice(11, 16);
    });
    cluster.work("long", {}, async ({ signal }) => {
      await cluster.sleep("1h", { signal });
    });
    const never = await cluster.jobs.enqueue("never", 1);
    const later = await cluster.jobs.enqueue("later", 1, { retry: { maxBackoff: "5m" } });
    const long = await cluster.jobs.enqueue("long", 1);
    expect(await failureOf(never.result())).toMatchObject({ code: "JOB_DEAD" });
    await cluster.jobs.cancel(long.id, { reason: "enough" });
    expect(await failureOf(cluster.advanceUntil(long.result()))).toMatchObject({ code: "JOB_CANCELLED" });
    expect(await cluster.advanceUntil(later.result())).toBe("00:03");
  });

  it("jobs that enqueue jobs and wait for them are followed to their end", async () => {
    cluster.work<number, number>("sum", { concurrency: 10 }, async ({ data }) => {
      if (data === 0) return 0;
      const rest = await cluster.jobs.enqueue<number, number>("sum", data - 1, { delay: "1m" });
      return data + (await rest.result());
    });
    const job = await cluster.jobs.enqueue<number, number>("sum", 4);
    const start = cluster.now.getTime();
    await cluster.advance("5m");
    expect(await job.result()).toBe(10);
    expect(cluster.now.getTime() - start).toBe(300_000);
  });

  it("timeouts end jobs at their moment, and attempts with their signals", async () => {
    const unclaimed = await cluster.jobs.enqueue("nobody", 1, { timeouts: { queue: "10m" } });
    const told: string[] = [];
    cluster.work("q", {}, async ({ signal, attempt }) => {
      await cluster.sleep("1h", { signal }).catch(() => told.push(`${attempt}: ${signal.aborted}`));
    });
    const retry = { maxAttempts: 2, initialBackoff: "1m", jitter: "none" } as const;
    const slow = await cluster.jobs.enqueue("q", 1, { timeouts: { attempt: "5m" }, retry });
    await cluster.advance("9m");
    expect((await cluster.jobs.get(unclaimed.id)).state).toBe("ready");
    await cluster.advance("2m");
    expect(await failureOf(unclaimed.result())).toMatchObject({ code: "JOB_DEAD" });
    expect(await failureOf(slow.result())).toMatchObject({ code: "JOB_DEAD" });
    expect(told).toEqual(["1: true", "2: true"]);
  });

  it("a job waits for others, and is handed what they came to", async () => {
    cluster.work<number, number>("part", { concurrency: 3 }, async ({ data }) => {
      await cluster.sleep(`${data}m`);
      return data;
    });
    cluster.work("whole", {}, ({ dependencies }) =>
      dependencies.reduce((sum, { result }) => sum + Number(result), 0),
    );
    const parts = await cluster.jobs.enqueueMany([1, 2, 3].map((data) => ({ queue: "part", data })));
    const whole = await cluster.jobs.enqueue("whole", 1, { waitFor: parts });
    expect(whole.state).toBe("waiting");
    await cluster.advance("2m");
    expect((await cluster.jobs.get(whole.id)).state).toBe("waiting");
    await cluster.advance("61s");
    expect(await whole.result()).toBe(6);
  });

  it("retention forgets", async () => {
    cluster.work("q", {}, () => 1);
    const job = await cluster.jobs.enqueue("q", 1, { retention: "6h" });
    await job.result();
    await cluster.advance("5h");
    expect((await cluster.jobs.get(job.id)).state).toBe("completed");
    await cluster.advance("2h");
    expect(await failureOf(cluster.jobs.get(job.id))).toMatchObject({ code: "NOT_FOUND" });
  });

  it("closes while handlers hang: their jobs are given back after the drain, in no real time", async () => {
    const worker = cluster.work("q", { drain: "5m" }, () => new Promise<never>(() => undefined));
    await cluster.jobs.enqueue("q", 1);
    await cluster.settled();
    expect(worker.health.running).toBe(1);
    await cluster.close();
    expect(worker.state).toBe("closed");
    expect(await failureOf(cluster.jobs.enqueue("q", 2))).toMatchObject({ code: "SHUTTING_DOWN" });
  });

  it("what does not come is not waited for in vain", async () => {
    const job = await cluster.jobs.enqueue("q", 1);
    const error = await failureOf(cluster.advanceUntil(job.result(), "1h"));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(await failureOf(cluster.advance("soon"))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(await failureOf(cluster.advanceUntil(job.result({ timeout: "2h" })))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
  });

  it("several in one process have nothing to do with each other", async () => {
    await using other = await startTestCluster({ now: new Date("1999-12-31T12:00:00Z") });
    await other.jobs.enqueue("q", 1, { id: "a" });
    await other.advance("1d");
    expect(await failureOf(cluster.jobs.get("a"))).toMatchObject({ code: "NOT_FOUND" });
    expect(cluster.now).toEqual(new Date("2026-01-01T00:00:00Z"));
    expect(other.now).toEqual(new Date("2000-01-01T12:00:00Z"));
  });

  it("reads, lists, shows its status and members", async () => {
    await cluster.jobs.enqueueMany([1, 2, 3].map((data) => ({ queue: "q", data })));
    expect((await cluster.jobs.list()).jobs).toHaveLength(3);
    expect(await cluster.status()).toMatchObject([{ nodeId: "test", status: { role: "leader" } }]);
    expect((await cluster.members()).members).toMatchObject([{ id: "test", standing: "leader" }]);
    expect(await failureOf(cluster.backup().parts().next())).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a cancel", () => {
  it("reaches a running handler before any time passes: nobody waits for a renewal or a poll", async () => {
    const told: [id: string, afterMs: number][] = [];
    let cancelledAt = 0;
    cluster.work("q", { concurrency: 20 }, async ({ id, signal }) => {
      signal.addEventListener("abort", () => told.push([id, cluster.now.getTime() - cancelledAt]));
      await cluster.sleep("1h", { signal });
    });
    const ids = Array.from({ length: 20 }, (_, n) => `j${n}`);
    await cluster.jobs.enqueueMany(ids.map((id) => ({ queue: "q", data: 1, id, lease: "1h" })));
    await cluster.advance("7m");
    cancelledAt = cluster.now.getTime();
    await cluster.jobs.cancelAll({ queue: "q" });
    await cluster.settled();
    expect(told).toEqual(ids.map((id) => [id, 0]));
    expect((await cluster.jobs.list({ state: "cancelled" })).jobs).toHaveLength(20);
  });
});

describe("events", () => {
  const take = async (
    count: number,
    events: AsyncIterable<{ readonly type: string; readonly index: number }>,
  ) => {
    const taken: { readonly type: string; readonly index: number }[] = [];
    for await (const event of events) {
      taken.push(event);
      if (taken.length === count) break;
    }
    return taken;
  };

  it("resume by index, for a filter, and end with their signal", async () => {
    const first = take(3, cluster.jobs.watch({ queue: "a" }));
    await cluster.settled();
    cluster.work("a", {}, () => 1);
    await cluster.jobs.enqueue("b", 1);
    await cluster.jobs.enqueue("a", 1);
    const told = await cluster.advanceUntil(first);
    expect(told.map(({ type }) => type)).toEqual(["enqueued", "started", "completed"]);
    // The claim rode along with the enqueue, in one entry: its events come together.
    const from = told[2]?.index ?? 0;
    const again = await cluster.advanceUntil(take(1, cluster.jobs.watch({ queue: "a", from })));
    expect(again).toEqual(told.slice(2));
    const stopping = new AbortController();
    const endless = take(99, cluster.jobs.watch({ signal: stopping.signal }));
    await cluster.settled();
    stopping.abort();
    expect(await cluster.advanceUntil(endless)).toEqual([]);
  });

  it("of one job come until it has ended; a severed program gets no more", async () => {
    const job = await cluster.jobs.enqueue("q", 1, { delay: "1m" });
    const types: string[] = [];
    const reading = (async () => {
      for await (const { type } of job.events()) types.push(type);
    })();
    const other = cluster.connect();
    let outOfReach = false;
    const cut = (async () => {
      for await (const _ of other.jobs.watch({})) outOfReach = true;
    })();
    cut.catch(() => undefined);
    await cluster.settled();
    other.sever();
    cluster.work("q", {}, () => 1);
    await cluster.advanceUntil(reading);
    expect(types).toEqual(["ready", "started", "completed"]);
    expect(outOfReach).toBe(false);
  });
});

describe("duties of the leader", () => {
  it("sleep in the cluster's time, and begin again after a failure when their backoff is over", async () => {
    const at: number[] = [];
    const begun = cluster.now.getTime();
    await using duty = cluster.whileLeader(
      async ({ sleep, signal }) => {
        at.push(cluster.now.getTime() - begun);
        await sleep("90ms");
        signal.throwIfAborted();
        if (at.length === 1) throw new Error("the first time it fails");
        await sleep("1h");
      },
      { name: "d", backoff: { initial: "10s", max: "10s" } },
    );
    await cluster.advance("20s");
    expect(at).toHaveLength(2);
    expect(at[1]).toBeGreaterThanOrEqual(5_090);
    expect(at[1]).toBeLessThan(10_200);
    expect(duty.running).toBe(true);
    await cluster.advance("1h");
    expect(duty.running).toBe(false);
  });

  it("are aborted while another node leads, and cannot enqueue then", async () => {
    const errors: unknown[] = [];
    const signals: AbortSignal[] = [];
    const duty = cluster.whileLeader(async ({ signal, enqueue }) => {
      signals.push(signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await enqueue([{ queue: "q", data: 1 }]).catch((error: unknown) => errors.push(error));
    });
    await cluster.settled();
    const change = cluster.changeLeader("1m");
    await cluster.settled();
    expect(duty.running).toBe(false);
    await change;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(errors).toMatchObject([{ code: "NOT_LEADER" }]);
    expect((await cluster.jobs.stats()).enqueued).toBe(0);
    await cluster.close();
    expect(signals[1]?.aborted).toBe(true);
  });
});
