import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, ConclaveError, type JobEvent, snooze } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

/** The features of jobs by their names in the SDK, through three whole nodes on real disks and sockets. */
let nodes: InProcessCluster;
let cluster: Cluster;
beforeAll(async () => {
  nodes = await InProcessCluster.start(3);
  cluster = await nodes.connect("n1", "n2", "n3");
});
afterAll(async () => {
  await cluster.close({ drain: 0 });
  await nodes[Symbol.asyncDispose]();
});

it("dedup: return, reject, replace, force", async () => {
  const first = await cluster.jobs.enqueue("dedup", 1, { dedupKey: "k" });
  const again = await cluster.jobs.enqueue("dedup", 2, { dedupKey: "k" });
  expect(again).toMatchObject({ id: first.id, existing: true });
  const rejected = await failureOf(cluster.jobs.enqueue("dedup", 3, { dedup: { key: "k", mode: "reject" } }));
  expect(rejected.code).toBe("DUPLICATE");
  const forced = await cluster.jobs.enqueue("dedup", 4, { dedup: { key: "k", mode: "force" } });
  expect(forced.existing).toBe(false);
  const next = await cluster.jobs.enqueue("dedup", 5, { dedup: { key: "k", mode: "replace" } });
  expect(next.existing).toBe(false);
  expect((await cluster.jobs.get(first.id)).state).toBe("cancelled");
});

it("an atomic batch is enqueued in whole or not at all", async () => {
  const item = (id: string, more = {}) => ({ queue: "atomic", data: 1, id, ...more });
  const refused = cluster.jobs.enqueueMany([item("a1"), item("a2", { waitFor: ["nobody"] })], {
    atomic: true,
  });
  expect(await failureOf(refused)).toMatchObject({ code: "NOT_FOUND" });
  expect((await failureOf(cluster.jobs.get("a1"))).code).toBe("NOT_FOUND");
  expect(
    await cluster.jobs.enqueueMany([item("a1"), item("a3", { waitFor: ["a1"] })], { atomic: true }),
  ).toMatchObject([{ state: "ready" }, { state: "waiting" }]);
});

it("a flow: the parent runs once its children have completed, with their results", async () => {
  await using worker = cluster.work("flow", { concurrency: 4 }, (job) =>
    job.dependencies.length === 0 ? `did ${String(job.data)}` : job.dependencies.map(({ result }) => result),
  );
  const { job, children } = await cluster.flow({
    queue: "flow",
    data: "album",
    children: [
      { queue: "flow", data: "a.png" },
      { queue: "flow", data: "b.png" },
    ],
  });
  expect(await job.result()).toEqual(["did a.png", "did b.png"]);
  expect(await children[0]?.job.result()).toBe("did a.png");
  expect(worker.state).toBe("consuming");
});

it("what an attempt saved the next one begins with; a snooze costs no attempt; progress is seen", async () => {
  const seen: unknown[] = [];
  const looked = new Gate();
  await using worker = cluster.work("steps", {}, async (job) => {
    seen.push([job.attempt, job.checkpoint]);
    if (job.checkpoint === undefined) {
      await job.saveCheckpoint({ page: 3 });
      throw new Error("crash");
    }
    if (seen.length === 2) throw snooze(20);
    job.progress(80, "nearly");
    await looked.opened;
    return "done";
  });
  const handle = await cluster.jobs.enqueue("steps", 1, {
    retry: { backoff: "fixed", initialBackoff: 10, jitter: "none" },
  });
  await until(
    "its progress is seen",
    async () => (await cluster.jobs.get(handle.id)).progress?.percent === 80,
  );
  const job = await cluster.jobs.get(handle.id);
  expect(job.progress?.note).toBe("nearly");
  expect(JSON.parse(Buffer.from(job.checkpoint?.bytes ?? []).toString())).toEqual({ page: 3 });
  looked.open();
  expect(await handle.result()).toBe("done");
  expect(seen).toEqual([
    [1, undefined],
    [2, { page: 3 }],
    [2, { page: 3 }],
  ]);
  expect(worker.health.running).toBeLessThanOrEqual(1);
});

it("a cancel and an attempt's timeout reach the handler's signal long before the next renewal", async () => {
  const reasons = new Map<string, unknown>();
  await using worker = cluster.work("long", { concurrency: 2 }, async ({ id, signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reasons.set(id, signal.reason);
    throw signal.reason;
  });
  // The lease is renewed every ten minutes: only a push can tell in time.
  const slow = { lease: "30m", retry: { maxAttempts: 1 } };
  const cancelled = await cluster.jobs.enqueue("long", 1, { id: "to-cancel", ...slow });
  const late = await cluster.jobs.enqueue("long", 1, { id: "too-late", timeouts: { attempt: 100 }, ...slow });
  await until("it runs", async () => (await cluster.jobs.get("to-cancel")).state === "running");
  await cluster.jobs.cancel("to-cancel", { reason: "enough" });
  expect((await failureOf(cancelled.result())).code).toBe("JOB_CANCELLED");
  expect((await failureOf(late.result())).code).toBe("JOB_DEAD");
  await until("both handlers were told", () => reasons.size === 2);
  expect(reasons.get("to-cancel")).toMatchObject({ code: "JOB_CANCELLED" });
  expect(reasons.get("too-late")).toBeInstanceOf(ConclaveError);
  expect((await cluster.jobs.get("too-late")).history.at(-1)?.end).toBe("timedOut");
  expect(worker.state).toBe("consuming");
});

it("a paused queue hands nothing out, and why says so, by whom", async () => {
  await cluster.queues.pause("paused", { by: "ann", why: "provider down" });
  const job = await cluster.jobs.enqueue("paused", 1);
  await using worker = cluster.work("paused", {}, () => "ran");
  await until("the worker is there", () => worker.state === "consuming");
  const { reasons } = await cluster.jobs.why(job.id);
  expect(reasons).toMatchObject([{ code: "PAUSED", text: "the queue was paused by ann: provider down" }]);
  await cluster.queues.resume("paused");
  expect(await job.result()).toBe("ran");
});

it("a closed queue takes nothing in; drain ends when it is empty", async () => {
  await cluster.queues.close("closing", { by: "bob" });
  expect((await failureOf(cluster.jobs.enqueue("closing", 1))).code).toBe("QUEUE_CLOSED");
  await cluster.queues.open("closing");
  await cluster.jobs.enqueue("closing", 1);
  await using worker = cluster.work("closing", {}, () => undefined);
  expect((await cluster.queues.drain("closing")).counts.completed).toBe(1);
  expect(worker.health.running).toBe(0);
});

it("a breaker opened by hand holds its agent's jobs, refuses those that ask for it, and is reset", async () => {
  await cluster.breakers.open("agent-7", { by: "ann", why: "it burns" });
  const held = await cluster.jobs.enqueue("agents", 1, { agent: "agent-7" });
  const refused = cluster.jobs.enqueue("agents", 1, { agent: "agent-7", rejectWhenOpen: true });
  expect((await failureOf(refused)).code).toBe("BREAKER_OPEN");
  expect(await cluster.breakers.list()).toMatchObject([
    { agent: "agent-7", state: "open", byHand: { by: "ann" } },
  ]);
  expect((await cluster.jobs.why(held.id)).reasons.map(({ code }) => code)).toContain("BREAKER");
  expect(await cluster.breakers.reset("agent-7")).toMatchObject({ state: "closed" });
  await using worker = cluster.work("agents", {}, () => "ran");
  expect(await held.result()).toBe("ran");
  expect(worker.state).toBe("consuming");
});

it("the dead are redriven by a filter, and scheduled ones run now", async () => {
  let broken = true;
  await using worker = cluster.work("redrive", { concurrency: 4 }, () => {
    if (broken) throw new Error("down");
    return "up";
  });
  const jobs = await cluster.jobs.enqueueMany(
    [1, 2, 3].map((data) => ({ queue: "redrive", data, tags: ["batch"], retry: { maxAttempts: 1 } })),
  );
  for (const job of jobs) expect((await failureOf(job.result())).code).toBe("JOB_DEAD");
  broken = false;
  const filter = { queue: "redrive", tag: "batch", state: "dead" } as const;
  expect(await cluster.jobs.redrive(filter, { dryRun: true })).toMatchObject({ matched: 3, done: 3 });
  expect(await cluster.jobs.redrive(filter)).toMatchObject({ matched: 3, done: 3, cursor: undefined });
  for (const job of jobs) expect(await job.result()).toBe("up");
  const later = await cluster.jobs.enqueue("redrive", 4, { delay: "1h" });
  expect((await cluster.jobs.runNow(later.id)).done).toBe(1);
  expect(await later.result()).toBe("up");
  expect((await cluster.jobs.delete(later.id)).done).toBe(1);
  expect((await failureOf(cluster.jobs.get(later.id))).code).toBe("NOT_FOUND");
  expect(worker.state).toBe("consuming");
});

it("events of a job, from a follower as from the leader, resumed by index", async () => {
  await using worker = cluster.work("watched", {}, () => "ok");
  const seen: JobEvent[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const event of cluster.jobs.watch({ queue: "watched", signal: stop.signal })) seen.push(event);
  })();
  const probe = await cluster.jobs.enqueue("watched", 0);
  await probe.result();
  await until("the watch has begun", async () => {
    const more = await cluster.jobs.enqueue("watched", 1);
    await more.result();
    return seen.some(({ type }) => type === "completed");
  });
  stop.abort();
  await watching;
  const last = await cluster.jobs.enqueue("watched", 2);
  await last.result();
  const from = seen[0]?.index ?? 1;
  const types: string[] = [];
  for await (const event of cluster.jobs.watch({ jobId: last.id, from })) {
    types.push(event.type);
    if (event.type === "completed") break;
  }
  expect(types[0]).toBe("enqueued");
  expect(types).toContain("started");
  expect(worker.state).toBe("consuming");
});
