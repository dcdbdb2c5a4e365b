import { setTimeout as delay } from "node:timers/promises";
import type { LocalCluster } from "conclave/local";
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

/** Five nodes beside three, and three of which one is stopped beside three that are up. */
export const nodes: Measurement = {
  name: "nodes",
  about: "five nodes against three, and a stopped follower against none",
  x: "nodes",
  run: async (bench) => {
    for (let round = 0; round < bench.options.rounds; round++) {
      await sizes(bench);
      await slow(bench);
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
    await warmUp(system, options.payloadBytes);
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

/** Up, stopped, up again, so that a drift of the machine falls on both. */
async function slow(bench: Bench): Promise<void> {
  const { options, report, doing } = bench;
  const note = noteFor(report, "nodes", "conclave");
  await using system = await startConclave(3);
  const { local } = system;
  await warmUp(system, options.payloadBytes);
  const [up, stopped]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    doing(`nodes: slow, all up, turn ${turn + 1} of ${turns}`);
    up.push(await enqueueRate(bench, system, `up-${turn}`));
    const leader = await local.waitForLeader();
    const follower = local.nodes.find((node) => node.id !== leader.id);
    if (follower === undefined) throw new Error("three nodes have no follower");
    doing(`nodes: slow, ${follower.id} stopped, turn ${turn + 1} of ${turns}`);
    await local.kill(follower.id, "SIGSTOP");
    stopped.push(await enqueueRate(bench, system, `stopped-${turn}`));
    await local.kill(follower.id, "SIGCONT");
    await caughtUp(local);
  }
  up.push(await enqueueRate(bench, system, "up-last"));
  note("one follower stopped / all up, enqueue", (median(stopped) / median(up)) * 100, "%");
}

async function enqueueRate(bench: Bench, system: ConclaveSystem, name: string): Promise<number> {
  const { options } = bench;
  await using queue = await system.queue(name, options.payloadBytes);
  const bound = { calls: scaled(options, callers * 60), ms: options.seconds * 1000 };
  return (await runCallers(callers, bound, (n) => queue.put(n))).perSecond;
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
