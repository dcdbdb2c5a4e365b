import { expect, test } from "vitest";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { metricsOf, realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

/*
 * What an operator of the system that this one replaces went through by hand after each release: leader election beside a
 * queue in Redis. The polling replicas of that plan are in polledSource.test.ts.
 */

async function eachNode(local: LocalCluster): Promise<Map<string, Map<string, number>>> {
  const all = new Map<string, Map<string, number>>();
  for (const { id, httpAddress } of local.nodes) all.set(id, await metricsOf(httpAddress));
  return all;
}

/** Waits until every node's metrics say so: followers apply a moment later. */
async function onEveryNode(
  local: LocalCluster,
  what: string,
  holds: (metrics: Map<string, number>) => boolean,
): Promise<void> {
  await until(`${what} on every node`, async () => [...(await eachNode(local)).values()].every(holds));
}

async function leadersIn(local: LocalCluster): Promise<string[]> {
  const all = await eachNode(local);
  return [...all].filter(([, metrics]) => metrics.get("conclave_is_leader") === 1).map(([id]) => id);
}

test("one leader; two more replicas and still one; it is killed, another one leads, and the work goes on", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const first = await local.waitForLeader();
  expect(await leadersIn(local)).toEqual([first.id]);

  await local.addNode();
  await local.addNode();
  expect(local.nodes).toHaveLength(5);
  expect(await leadersIn(local)).toEqual([first.id]);

  const done = new Set<string>();
  await using _worker = cluster.work("plan", { concurrency: 4 }, (job) => {
    done.add(job.id);
  });
  const before = await cluster.jobs.enqueueMany(
    Array.from({ length: 50 }, (_, n) => ({ queue: "plan", data: n })),
  );
  await local.kill(first.id, "SIGKILL");
  const second = await until("another node leads", async () => {
    const leader = await local.leader();
    return leader !== undefined && leader.id !== first.id && leader;
  });
  const after = await cluster.jobs.enqueue("plan", "after the kill");
  await until("all the work is done", () => [...before, after].every(({ id }) => done.has(id)));
  await local.restart(first.id);
  await until("one leader, whom all know", async () => {
    const leaders = await leadersIn(local);
    return leaders.length === 1 && leaders[0] === second.id;
  });
}, 180_000);

test("metrics are right on every node: how many wait, by priority, and how many ended", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const wanted = { high: 3, normal: 5, low: 7 } as const;
  for (const priority of ["low", "normal", "high"] as const) {
    const items = Array.from({ length: wanted[priority] }, (_, n) => ({ queue: "mixed", data: n, priority }));
    await cluster.jobs.enqueueMany(items);
  }
  await onEveryNode(local, "the depth by priority", (metrics) =>
    Object.entries(wanted).every(
      ([priority, count]) =>
        metrics.get(`conclave_queue_depth{queue="mixed",priority="${priority}"}`) === count,
    ),
  );

  // Distribution by priority: strictly, and in order within.
  const order: string[] = [];
  await using worker = cluster.work<number>("mixed", { concurrency: 1 }, (job) => {
    order.push(`${job.priority} ${job.data}`);
  });
  await until("all have run", () => order.length === 15);
  const expected = (["high", "normal", "low"] as const).flatMap((priority) =>
    Array.from({ length: wanted[priority] }, (_, n) => `${priority} ${n}`),
  );
  expect(order).toEqual(expected);
  await worker.stop();
  await onEveryNode(
    local,
    "what has ended",
    (metrics) => metrics.get('conclave_jobs{queue="mixed",state="completed"}') === 15,
  );
}, 120_000);

const failing = {
  agent: "agent-7",
  retry: { maxAttempts: 20, initialBackoff: "10ms", maxBackoff: "20ms" },
} as const;

async function breakerOf(cluster: Cluster, agent: string) {
  return (await cluster.breakers.list()).find((each) => each.agent === agent);
}

test("five failures in a row open an agent's breaker: seen everywhere, kept over a failover, closed by hand", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  let runs = 0;
  let broken = true;
  await using _worker = cluster.work("agents", { concurrency: 4 }, (job) => {
    if (job.agent !== "agent-7") return;
    runs += 1;
    if (broken) throw new Error("the agent is down");
  });
  const { id } = await cluster.jobs.enqueue("agents", {}, failing);
  await until("the breaker is open", async () => (await breakerOf(cluster, "agent-7"))?.state === "open");
  expect(runs).toBe(5);
  await onEveryNode(
    local,
    "an open breaker",
    (metrics) =>
      metrics.get('conclave_breakers{state="open"}') === 1 && metrics.get("conclave_agents_in_backoff") === 1,
  );

  // Others work on meanwhile, the agent does not: not at the next leader either.
  const leader = await local.waitForLeader();
  await local.kill(leader.id, "SIGKILL");
  const other = await cluster.jobs.enqueue("agents", {}, { agent: "agent-8" });
  await other.result();
  expect(runs).toBe(5);
  expect((await breakerOf(cluster, "agent-7"))?.state).toBe("open");
  const { reasons } = await cluster.jobs.why(id);
  expect(JSON.stringify(reasons)).toContain("agent-7");

  broken = false;
  await cluster.breakers.reset("agent-7", { by: "operator", why: "the agent is mended" });
  await until("the job is done", async () => (await cluster.jobs.get(id)).state === "completed");
  expect(runs).toBe(6);
  await local.restart(leader.id);
  await onEveryNode(
    local,
    "no open breaker",
    (metrics) =>
      metrics.get('conclave_breakers{state="open"}') === 0 && metrics.get("conclave_agents_in_backoff") === 0,
  );
}, 180_000);

test("no duplicate active job for an agent, whoever asks and whoever leads", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  await using other = await connect(local.endpoints);
  const ask = (from: Cluster) =>
    from.jobs.enqueue("coordinate", {}, { agent: "agent-7", dedup: { key: "agent-7" } });
  const asked = await Promise.all(Array.from({ length: 40 }, (_, n) => ask(n % 2 === 0 ? cluster : other)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  expect(asked.filter(({ existing }) => !existing)).toHaveLength(1);

  const leader = await local.waitForLeader();
  await local.kill(leader.id, "SIGKILL");
  const again = await Promise.all([ask(cluster), ask(other)]);
  expect(new Set([...asked, ...again].map(({ id }) => id)).size).toBe(1);
  await local.restart(leader.id);

  // Once it has ended the key is free, for one.
  const [claimed] = await cluster.claim("coordinate", { wait: "10s" });
  await claimed?.complete(null);
  const next = await Promise.all([ask(cluster), ask(other)]);
  expect(new Set(next.map(({ id }) => id)).size).toBe(1);
  expect(next[0]?.id).not.toBe(asked[0]?.id);
}, 120_000);
