import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { runCallers } from "../load/callers.ts";
import { endToEnd, paced } from "../load/jobs.ts";
import { sum } from "../load/stats.ts";
import { type ConclaveSystem, startConclave } from "../peers/conclave.ts";
import { fill } from "./fill.ts";
import { type Bench, type Measurement, type Note, noteFor } from "./measurement.ts";
import { type Bucket, type Scrape, scrape } from "./nodeMetrics.ts";

const pacesPerSecond = [1_000, 3_000];
/** Long enough for several checkpoints of each node. */
const loadSeconds = 30;
/** LevelDB merges for a while what came with the waiting jobs; that is not what the paces below cost. */
const restMs = 20_000;
/** The delay of the leader's event loop is told for each of these. */
const windowMs = 5_000;
const wholeSlice = "conclave_checkpoint_slice_seconds";
const ownSlice = "conclave_checkpoint_slice_own_seconds";

/** For how long checkpoints keep the event loop. */
export const pauses: Measurement = {
  name: "pauses",
  about: "the longest slice of each checkpoint with --jobs waiting jobs, at moderate and at full rates",
  run: async (bench) => {
    for (let round = 0; round < bench.options.rounds; round++) {
      await using system = await startConclave(bench.options.nodes);
      await fill(bench, system, 0, bench.options.jobs);
      await checkpointPauses(bench, system, noteFor(bench.report, "pauses", "conclave"));
    }
  },
};

/** Jobs enqueued, claimed and completed beside those that wait: first at a steady pace, then as many as go. */
export async function checkpointPauses(bench: Bench, system: ConclaveSystem, note: Note): Promise<void> {
  const { options, doing } = bench;
  doing("a rest after the waiting jobs came in");
  await delay(restMs * Math.min(1, options.scale));
  await atEachPace(bench, system, note, "");
  const leader = await system.local.waitForLeader();
  if (!(await schedule(leader.pid, "--rr", 1))) {
    doing(
      "no real-time priority can be given to the leader here: what it does with a core of its own is not told",
    );
    return;
  }
  try {
    await atEachPace(bench, system, note, ", leader before all others", [leader.id]);
  } finally {
    await schedule(leader.pid, "--other", 0);
  }
}

/** `only`: of these nodes; default: of all. */
async function atEachPace(
  { options, doing }: Bench,
  system: ConclaveSystem,
  note: Note,
  how: string,
  only?: readonly string[],
): Promise<void> {
  const seconds = loadSeconds * Math.min(1, options.scale);
  for (const pace of pacesPerSecond) {
    doing(`checkpoints while ${pace} jobs a second run${how}`);
    const run = () => paced(system, pace, options.payloadBytes, seconds);
    await watched(system, `${pace} jobs/s${how}`, note, run, doing, only);
  }
  doing(`checkpoints at full rate${how}`);
  const bound = { calls: Number.POSITIVE_INFINITY, ms: (seconds * 1000) / 2 };
  const run = async () => {
    await using queue = await system.queue("full-rate", options.payloadBytes);
    await runCallers(1_000, bound, (n) => queue.put(n));
    await endToEnd(system, 256, options.payloadBytes, bound);
  };
  await watched(system, `full rate${how}`, note, run, doing, only);
}

/** All threads of a process; false where that is not permitted. */
async function schedule(
  pid: number | undefined,
  policy: "--rr" | "--other",
  priority: number,
): Promise<boolean> {
  try {
    await promisify(execFile)("chrt", ["--all-tasks", policy, "--pid", String(priority), String(pid)]);
    return true;
  } catch {
    return false;
  }
}

async function watched(
  { local }: ConclaveSystem,
  load: string,
  note: Note,
  run: () => Promise<unknown>,
  doing: Bench["doing"],
  only: readonly string[] = local.nodes.map(({ id }) => id),
): Promise<void> {
  const leader = await local.waitForLeader();
  const others = local.nodes.filter(({ id }) => id !== leader.id && only.includes(id));
  const all = (): Promise<Scrape[]> => Promise.all([leader, ...others].map(scrape));
  const before = await all();
  const late: { readonly p99: number; readonly max: number }[] = [];
  const window = (scraped: Scrape): void => {
    const quantile = (at: string): number =>
      scraped.value(`conclave_event_loop_delay_seconds{quantile="${at}"}`);
    late.push({ p99: quantile("0.99"), max: quantile("1") });
  };
  const done = new AbortController();
  const windows = (async () => {
    while (await delay(windowMs, true, { signal: done.signal }).catch(() => false))
      window(await scrape(leader));
  })();
  await run();
  done.abort();
  await windows;
  const after = await all();
  const leads = await local.waitForLeader();
  if (leads.id !== leader.id)
    doing(`${load}: leadership moved from ${leader.id} to ${leads.id}: the leader's figures are of both`);
  for (const [scraped] of [after]) if (scraped !== undefined) window(scraped);
  const checkpoints = sum(after.map((each, at) => countOf(each) - countOf(before[at])));
  note(`${load}: checkpoints`, checkpoints, "");
  for (const [slice, what] of [
    [wholeSlice, "longest slice of a checkpoint"],
    [ownSlice, "the same without waiting for a core"],
  ] as const) {
    const buckets = grown(before, after, slice);
    note(`${load}: ${what}, at most: median`, quantileOf(buckets, 0.5) * 1000, "ms");
    note(`${load}: ${what}, at most: of all`, quantileOf(buckets, 1) * 1000, "ms");
    note(`${load}: ${what}, within 10 ms`, (within(buckets, 0.01) / checkpoints) * 100, "%");
  }
  note(
    `${load}: event loop of the leader, windows of 5 s: worst p99`,
    Math.max(...late.map(({ p99 }) => p99)) * 1000,
    "ms",
  );
  note(
    `${load}: event loop of the leader, windows of 5 s: worst`,
    Math.max(...late.map(({ max }) => max)) * 1000,
    "ms",
  );
}

function countOf(scraped: Scrape | undefined): number {
  return scraped?.value(`${wholeSlice}_count`) ?? 0;
}

/** What came to a histogram of all nodes together. */
function grown(before: readonly Scrape[], after: readonly Scrape[], histogram: string): readonly Bucket[] {
  const sums = new Map<number, number>();
  const add = (scraped: Scrape, sign: number): void => {
    for (const { bound, count } of scraped.atMost(histogram))
      sums.set(bound, (sums.get(bound) ?? 0) + sign * count);
  };
  for (const each of before) add(each, -1);
  for (const each of after) add(each, 1);
  return [...sums].map(([bound, count]) => ({ bound, count })).sort((a, b) => a.bound - b.bound);
}

/** The bound of the bucket that it is in. */
function quantileOf(buckets: readonly Bucket[], quantile: number): number {
  const all = buckets.at(-1)?.count ?? 0;
  return buckets.find(({ count }) => all > 0 && count >= quantile * all)?.bound ?? Number.NaN;
}

function within(buckets: readonly Bucket[], bound: number): number {
  return buckets.find((each) => each.bound === bound)?.count ?? Number.NaN;
}
