/**
 * `npm run bench`: rates and latencies of a three-node cluster of real processes on this machine, with client
 * and workers beside it. Every write is synced on a majority. Prints a table and one line of JSON; compare figures
 * of one run only, for machines and hours differ.
 *
 * Options: --nodes N (default 3), --seconds S for each paced measurement (default 10).
 */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Cluster, connect } from "conclave";
import { type LocalCluster, startLocalCluster } from "conclave/local";
import { callsPerSecond, median, percentile } from "./stats.ts";

const payload = Buffer.alloc(256, "x");
const results: Record<string, number> = {};

function note(name: string, value: number, unit: string): void {
  results[name] = Math.round(value * 1000) / 1000;
  process.stdout.write(`${name.padEnd(44)} ${value.toFixed(value < 100 ? 2 : 0).padStart(10)} ${unit}\n`);
}

async function enqueueAlone(cluster: Cluster): Promise<void> {
  const samples: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    const startedAt = performance.now();
    await cluster.jobs.enqueue("alone", payload);
    samples.push(performance.now() - startedAt);
  }
  note("enqueue, 1 caller, p50", percentile(samples, 50), "ms");
  note("enqueue, 1 caller, p99", percentile(samples, 99), "ms");
}

async function enqueueMany(cluster: Cluster): Promise<void> {
  for (const callers of [64, 256, 1_000]) {
    const rates: number[] = [];
    for (let run = 0; run < 3; run++) {
      const count = Math.max(10_000, callers * 60);
      rates.push(await callsPerSecond(callers, count, () => cluster.jobs.enqueue("many", payload)));
    }
    note(`enqueue, ${callers} callers, median of 3`, median(rates), "jobs/s");
  }
}

/** Enqueued, claimed, run by a handler that does nothing, completed, each step on a majority's disks. */
async function endToEnd(cluster: Cluster, inFlight: number, count: number): Promise<void> {
  const queue = `e2e-${inFlight}`;
  const waiting = new Map<number, () => void>();
  await using _worker = cluster.work<number, null>(queue, { concurrency: inFlight }, (job) => {
    waiting.get(job.data)?.();
    waiting.delete(job.data);
    return null;
  });
  const rate = await callsPerSecond(inFlight, count, async (n) => {
    const handled = new Promise<void>((done) => waiting.set(n, done));
    await cluster.jobs.enqueue(queue, n);
    await handled;
  });
  // The last completions are still under way when the last handler returns.
  await drained(cluster, queue);
  note(`end to end, ${inFlight} in flight`, rate, "jobs/s");
}

async function paced(cluster: Cluster, perSecond: number, seconds: number): Promise<void> {
  const queue = "paced";
  const latencies: number[] = [];
  const sentAt = new Map<number, number>();
  await using _worker = cluster.work<number, null>(queue, { concurrency: 256 }, (job) => {
    const sent = sentAt.get(job.data);
    if (sent !== undefined) latencies.push(performance.now() - sent);
    sentAt.delete(job.data);
    return null;
  });
  const calls: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < perSecond * seconds; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    for (; n < due; n++) {
      sentAt.set(n, performance.now());
      calls.push(cluster.jobs.enqueue(queue, n));
    }
    await delay(1);
  }
  await Promise.all(calls);
  await drained(cluster, queue);
  note(`enqueue to handler at ${perSecond} jobs/s, p50`, percentile(latencies, 50), "ms");
  note(`enqueue to handler at ${perSecond} jobs/s, p99`, percentile(latencies, 99), "ms");
}

async function drained(cluster: Cluster, queue: string): Promise<void> {
  for (;;) {
    const { queues } = await cluster.jobs.stats();
    const counts = queues.find((each) => each.queue === queue);
    const { high = 0, normal = 0, low = 0 } = counts?.ready ?? {};
    if ((counts?.running ?? 0) + (counts?.scheduled ?? 0) + high + normal + low === 0) return;
    await delay(20);
  }
}

/** From SIGKILL of the leader to the next acknowledged write. */
async function failover(local: LocalCluster, cluster: Cluster, rounds: number): Promise<void> {
  const gaps: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const leader = await local.waitForLeader();
    await cluster.jobs.enqueue("failover", payload);
    const killed = local.kill(leader.id, "SIGKILL");
    const startedAt = performance.now();
    await cluster.jobs.enqueue("failover", payload);
    gaps.push(performance.now() - startedAt);
    await killed;
    await local.restart(leader.id);
    await everyoneReachable(local);
  }
  note(`leader killed -> next write, median of ${rounds}`, median(gaps), "ms");
  note(`leader killed -> next write, worst of ${rounds}`, Math.max(...gaps), "ms");
}

/** Every node answers and sees every other: the next kill finds the cluster whole. */
async function everyoneReachable(local: LocalCluster): Promise<void> {
  for (;;) {
    const views = await Promise.all(
      local.nodes.map(async ({ httpAddress }) => {
        const response = await fetch(`http://${httpAddress}/status`);
        const status = (await response.json()) as {
          readonly leaderId: string;
          readonly members: readonly { readonly reachable: boolean }[];
        };
        return status.leaderId !== "" && status.members.every((member) => member.reachable);
      }),
    );
    if (views.every(Boolean)) return;
    await delay(20);
  }
}

/** CPU seconds and RSS of a process, from its own metrics. */
async function usage(httpAddress: string): Promise<{ readonly cpu: number; readonly rss: number }> {
  const text = await (await fetch(`http://${httpAddress}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  return { cpu: read("process_cpu_seconds_total"), rss: read("process_resident_memory_bytes") };
}

async function cpuShares(local: LocalCluster, seconds: number, what: string): Promise<void> {
  const leader = await local.waitForLeader();
  const before = await Promise.all(local.nodes.map((node) => usage(node.httpAddress)));
  await delay(seconds * 1000);
  const after = await Promise.all(local.nodes.map((node) => usage(node.httpAddress)));
  local.nodes.forEach((node, i) => {
    const role = node.id === leader.id ? "leader" : `follower ${node.id}`;
    const share = (((after[i]?.cpu ?? 0) - (before[i]?.cpu ?? 0)) / seconds) * 100;
    note(`${what}: CPU of ${role}`, share, "% of a core");
    note(`${what}: RSS of ${role}`, (after[i]?.rss ?? 0) / 1024 / 1024, "MiB");
  });
}

/** Every job fails at every attempt, with the default backoff: retries must not turn into a tight loop. */
async function everythingFails(local: LocalCluster, cluster: Cluster, seconds: number): Promise<void> {
  await using _worker = cluster.work("failing", { concurrency: 64 }, () => {
    throw new Error("induced failure");
  });
  await cluster.jobs.enqueueMany(
    Array.from({ length: 500 }, () => ({
      queue: "failing",
      data: payload,
      retry: { maxAttempts: 100 },
    })),
  );
  await cpuShares(local, seconds, "500 jobs that always fail");
}

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "3" }, seconds: { type: "string", default: "10" } },
});
const seconds = Number(values.seconds);
const binPath = resolve(import.meta.dirname, "../bin.js");

{
  await using local = await startLocalCluster({ nodes: Number(values.nodes), binPath });
  await using cluster = await connect(local.endpoints);
  await cpuShares(local, seconds, "idle");
  await everythingFails(local, cluster, seconds);
}
{
  await using local = await startLocalCluster({ nodes: Number(values.nodes), binPath });
  await using cluster = await connect(local.endpoints);
  await failover(local, cluster, 20);
}
{
  await using local = await startLocalCluster({ nodes: Number(values.nodes), binPath });
  await using cluster = await connect(local.endpoints);
  await callsPerSecond(64, 5_000, () => cluster.jobs.enqueue("warm-up", payload));
  await enqueueAlone(cluster);
  await enqueueMany(cluster);
  await endToEnd(cluster, 256, 60_000);
  await endToEnd(cluster, 1_000, 100_000);
  await paced(cluster, 1_000, seconds);
}
process.stdout.write(`${JSON.stringify(results)}\n`);
