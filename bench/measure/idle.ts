import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "conclave";
import type { LocalCluster } from "conclave/local";
import { startConclave } from "../peers/conclave.ts";
import { payloadOf } from "../peers/system.ts";
import { usageOf } from "../processes/usage.ts";
import { type Bench, inTurn, type Measurement, type Note, noteFor } from "./measurement.ts";
import { scrape } from "./nodeMetrics.ts";

const failingJobs = 500;

/** A node that has just begun compiles what it runs, and is not idle yet. */
const settledSeconds = 20;

/** What servers cost that have nothing to do, and what ours cost when every job fails at every attempt. */
export const idle: Measurement = {
  name: "idle",
  about: "CPU, memory and disk writes with nothing to do, and with jobs that always fail",
  run: async (bench) => {
    const { options, doing } = bench;
    await inTurn(bench, "idle", async (system, note) => {
      doing(`idle: ${system.name}, ${options.seconds} s`);
      const before = await usageOf(system.groups());
      await delay(options.seconds * 1000);
      const after = await usageOf(system.groups());
      if (before === undefined || after === undefined) return;
      const cpu = ((after.cpuSeconds - before.cpuSeconds) / options.seconds) * 100;
      note("all servers: CPU", cpu, "% of a core");
      note("all servers: resident", after.rssBytes / 1024 / 1024, "MiB");
      note("all servers: written to disk", (after.writtenBytes - before.writtenBytes) / 1024, "KiB");
    });
    await ours(bench);
  },
};

async function ours({ options, report, doing }: Bench): Promise<void> {
  const note = noteFor(report, "idle", "conclave");
  await using system = await startConclave(options.nodes);
  doing(`idle: conclave, node by node, after ${settledSeconds} s`);
  await delay(settledSeconds * 1000);
  await eachNode(system.local, options.seconds, "idle", note);
  doing(`idle: conclave, ${failingJobs} jobs that always fail`);
  await using _worker = await allFail(system.cluster);
  await eachNode(system.local, options.seconds, `${failingJobs} jobs that always fail`, note);
}

/** With the default backoff: retries must not turn into a tight loop. */
async function allFail(cluster: Cluster): Promise<AsyncDisposable> {
  const data = payloadOf(0, 256);
  const worker = cluster.work("failing", { concurrency: 64 }, () => {
    throw new Error("induced failure");
  });
  const items = Array.from({ length: failingJobs }, () => ({
    queue: "failing",
    data,
    retry: { maxAttempts: 100 },
  }));
  await cluster.jobs.enqueueMany(items);
  return worker;
}

async function eachNode(local: LocalCluster, seconds: number, what: string, note: Note): Promise<void> {
  const leader = await local.waitForLeader();
  const before = await Promise.all(local.nodes.map(scrape));
  await delay(seconds * 1000);
  const after = await Promise.all(local.nodes.map(scrape));
  local.nodes.forEach((node, at) => {
    const grown = (sample: string): number =>
      (after[at]?.value(sample) ?? Number.NaN) - (before[at]?.value(sample) ?? Number.NaN);
    // Followers share a name: the median of them is reported.
    const role = node.id === leader.id ? "leader" : "a follower";
    note(`${what}, ${role}: CPU`, (grown("process_cpu_seconds_total") / seconds) * 100, "% of a core");
    const rss = after[at]?.value("process_resident_memory_bytes") ?? Number.NaN;
    note(`${what}, ${role}: resident`, rss / 1024 / 1024, "MiB");
    note(`${what}, ${role}: durable writes`, grown("conclave_fsync_seconds_count"), "writes");
  });
}
