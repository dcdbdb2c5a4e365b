import { setTimeout as delay } from "node:timers/promises";
import type { LocalCluster, LocalNode } from "conclave/local";
import { runCallers } from "../load/callers.ts";
import { endToEnd, warmUp } from "../load/jobs.ts";
import { median } from "../load/stats.ts";
import { scaled } from "../options.ts";
import { type ConclaveSystem, startConclave } from "../peers/conclave.ts";
import { type Bench, type Measurement, noteFor } from "./measurement.ts";
import { scrape } from "./nodeMetrics.ts";

const callers = 1_000;
const inFlight = 256;
const turns = 3;

/** Five nodes beside three, and three of which one is slow beside three that are well. */
export const nodes: Measurement = {
  name: "nodes",
  about: "five nodes against three, and a stopped follower or one with a slow disk against none",
  x: "nodes",
  run: async (bench) => {
    for (let round = 0; round < bench.options.rounds; round++) {
      await sizes(bench);
      for (const slowness of slownesses) await slow(bench, slowness);
    }
  },
};

async function sizes(bench: Bench): Promise<void> {
  const { options, report, doing } = bench;
  const note = noteFor(report, "nodes", "conclave");
  const rates: Record<"enqueue" | "e2e", number[]> = { enqueue: [], e2e: [] };
  for (const count of [3, 5]) {
    doing(`nodes: ${count}`);
    await using system = await startConclave(count);
    await warmUp(system, options);
    const rate = await enqueueRate(bench, system, "size");
    rates.enqueue.push(rate);
    note("acknowledged, 1000 callers", rate, "jobs/s", count);
    const bound = { calls: scaled(options, inFlight * 150), ms: options.seconds * 1000 };
    const ran = await endToEnd(system, inFlight, options.payloadBytes, bound);
    if (ran === undefined) continue;
    rates.e2e.push(ran.perSecond);
    note("end to end, 256 in flight", ran.perSecond, "jobs/s", count);
  }
  for (const [what, [three = Number.NaN, five = Number.NaN]] of Object.entries(rates)) {
    note(`five nodes / three, ${what}`, (five / three) * 100, "%");
  }
}

/** How a follower is made slow, and made well again. */
interface Slowness {
  readonly is: string;
  readonly begin: NodeJS.Signals;
  readonly end: NodeJS.Signals;
}

const slownesses: readonly Slowness[] = [
  { is: "stopped", begin: "SIGSTOP", end: "SIGCONT" },
  // Of what is loaded into each node, see there.
  { is: "with a disk 100 times slower", begin: "SIGUSR2", end: "SIGUSR2" },
];

const slowDisk = new URL("../level/slowDisk.js", import.meta.url);

/** Well, slow, well again, so that a drift of the machine falls on both. */
async function slow(bench: Bench, { is, begin, end }: Slowness): Promise<void> {
  const { options, report, doing } = bench;
  const note = noteFor(report, "nodes", "conclave");
  await using system = await startConclave(3, { NODE_OPTIONS: `--import=${slowDisk.href}` });
  const { local } = system;
  await warmUp(system, options);
  const [well, ill]: [number[], number[]] = [[], []];
  const writeMs: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    doing(`nodes: all well, turn ${turn + 1} of ${turns}`);
    well.push(await enqueueRate(bench, system, `well-${turn}`));
    const leader = await local.waitForLeader();
    const follower = local.nodes.find((node) => node.id !== leader.id);
    if (follower === undefined) throw new Error("three nodes have no follower");
    doing(`nodes: ${follower.id} ${is}, turn ${turn + 1} of ${turns}`);
    const before = await writesOf(follower);
    await local.kill(follower.id, begin);
    ill.push(await enqueueRate(bench, system, `ill-${turn}`));
    if (begin !== "SIGSTOP") writeMs.push(meanMs(before, await writesOf(follower)));
    await local.kill(follower.id, end);
    await caughtUp(local);
  }
  well.push(await enqueueRate(bench, system, "well-last"));
  note(`one follower ${is} / all well, enqueue`, (median(ill) / median(well)) * 100, "%");
  if (writeMs.length > 0) note("a write of the slow disk, mean", median(writeMs), "ms");
}

async function enqueueRate(bench: Bench, system: ConclaveSystem, name: string): Promise<number> {
  const { options } = bench;
  await using queue = await system.queue(name, options.payloadBytes);
  const bound = { calls: scaled(options, callers * 60), ms: options.seconds * 1000 };
  return (await runCallers(callers, bound, (n) => queue.put(n))).perSecond;
}

/** Durable writes of its log so far. */
async function writesOf(node: LocalNode): Promise<{ readonly seconds: number; readonly count: number }> {
  const { value } = await scrape(node);
  return { seconds: value("conclave_fsync_seconds_sum"), count: value("conclave_fsync_seconds_count") };
}

type Writes = Awaited<ReturnType<typeof writesOf>>;

function meanMs(before: Writes, after: Writes): number {
  return ((after.seconds - before.seconds) / (after.count - before.count)) * 1000;
}

/** All nodes have applied the same entries. */
async function caughtUp(local: LocalCluster): Promise<void> {
  for (;;) {
    const applied = (await Promise.all(local.nodes.map(scrape))).map(({ value }) =>
      value("conclave_applied_index"),
    );
    if (new Set(applied).size === 1) return;
    await delay(50);
  }
}
