import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
import { type Cluster, connect } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import type { CliContext } from "../context.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { fired } from "../interruption.ts";
import { type LocalCluster, startLocalCluster } from "../localCluster.ts";
import { paintFor } from "../output/paint.ts";
import { audit } from "./audit.ts";
import { buildCorpus, type DemoJob, defaultDir } from "./corpus.ts";
import type { DemoFlags } from "./demoCommand.ts";
import { gatherEvidence } from "./evidence.ts";
import { type FaultReport, inflictFaults } from "./faults.ts";
import { checkFence } from "./fence.ts";
import { type Gap, WriteProber } from "./outage.ts";
import { type Producer, startProducer } from "./producer.ts";
import { createProgress, type Progress } from "./progress.ts";
import { type DemoFigures, renderReport } from "./report.ts";
import { Watcher } from "./watcher.ts";
import { WorkerPool } from "./workerPool.ts";

const concurrency = 8;
const drawEveryMs = 100;
/** Longer than leases, elections and backoffs together can hold the work up. */
const stallBoundMs = 60_000;

/** The whole demo; the exit code says whether every check held. */
export async function runDemo(context: CliContext, flags: DemoFlags, signal: AbortSignal): Promise<ExitCode> {
  const say = (text: string): void => void context.io.stderr.write(`${text}\n`);
  const folder = resolve(flags.dir ?? defaultDir());
  const jobs = await buildCorpus(folder, uuidv7);
  say(`${jobs.length - 1} files below ${folder}, and one that does not exist`);
  const dir = await mkdtemp(join(tmpdir(), "conclave-demo-"));
  let passed = false;
  let audited = false;
  try {
    await using local = await startLocalCluster({
      nodes: Number(flags.nodes),
      binPath: context.binPath,
      dataDir: join(dir, "data"),
      logDir: dir,
      signal,
    });
    const started = local.nodes.map((node) => `${node.id} (pid ${node.pid ?? "?"})`).join(", ");
    say(`cluster of ${flags.nodes} processes is up: ${started}`);
    const figures = await runJobs({ context, local, jobs, dir, workers: flags.workers, signal });
    passed = figures.checks.every((check) => check.ok);
    audited = true;
    context.io.stdout.write(renderReport(figures, paintFor(context.io.stdout, context.io.env)));
    if (flags.keep === true) {
      say(howToUse(local));
      await fired(signal);
    }
  } finally {
    // What a failed check rests on stays; an interrupted run leaves nothing.
    if (passed || (signal.aborted && !audited)) await rm(dir, { recursive: true, force: true });
    else say(`logs, ledgers and data are kept in ${dir}`);
  }
  return passed ? exitCodes.ok : exitCodes.failure;
}

interface Run {
  readonly context: CliContext;
  readonly local: LocalCluster;
  readonly jobs: readonly DemoJob[];
  readonly dir: string;
  readonly workers: number;
  readonly signal: AbortSignal;
}

/** From the first enqueue to the evidence. */
async function runJobs(run: Run): Promise<DemoFigures> {
  const { context, local, jobs, dir } = run;
  await using cluster = await connect(local.endpoints, { signal: run.signal });
  await using pool = new WorkerPool({
    binPath: context.binPath,
    endpoints: local.endpoints,
    dir,
    count: run.workers,
    concurrency,
  });
  await using prober = new WriteProber(local.endpoints, uuidv7());
  prober.start();
  const startedAt = performance.now();
  const { faults, acknowledged } = await workThrough(run, cluster, pool);
  const tookMs = performance.now() - startedAt;
  const gap: Gap = prober.longestAround(faults.leaderKilledAt);
  await prober.stop();
  await pool.stop();
  const nodes = local.nodes.length;
  const fence = await checkFence(cluster);
  const evidence = await gatherEvidence({ cluster, jobs, acknowledged, faults, nodes, ledgerDir: dir });
  const checks = [...audit(evidence), fence];
  return { evidence, checks, faults, tookMs, gap, writes: prober.writes };
}

/** Produces, watches and kills until every job has ended. */
async function workThrough(
  { context, local, jobs, signal: outer }: Run,
  cluster: Cluster,
  pool: WorkerPool,
): Promise<{ readonly faults: FaultReport; readonly acknowledged: number }> {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const watcher = new Watcher(cluster);
  const progress = createProgress(context.io, jobs.length);
  try {
    const watching = watcher.run(signal);
    const producer = startProducer(cluster, jobs, () => watcher.done, signal);
    const total = jobs.length;
    const faulting = inflictFaults({
      local,
      cluster,
      watcher,
      pool,
      total,
      signal,
      note: (text) => progress.note(text),
    });
    const drawing = drawUntilDone({ progress, watcher, producer, pool, total, signal });
    const work = Promise.all([faulting, producer.finished, drawing]);
    // Each of the others can only end it early, by its error.
    const [faults] = await Promise.race([work, pool.failed, watching.then(() => work)]);
    return { faults, acknowledged: producer.acknowledged };
  } finally {
    over.abort();
    progress.stop();
  }
}

interface Drawing {
  readonly progress: Progress;
  readonly watcher: Watcher;
  readonly producer: Producer;
  readonly pool: WorkerPool;
  readonly total: number;
  readonly signal: AbortSignal;
}

/** Keeps the bar current; resolves when all jobs have ended, rejects when nothing has moved for long. */
async function drawUntilDone({ progress, watcher, producer, pool, total, signal }: Drawing): Promise<void> {
  for (;;) {
    const { done, leadership, rate } = watcher;
    progress.update({
      done,
      total,
      enqueued: producer.acknowledged,
      rate,
      leader: leadership?.id ?? "",
      term: leadership?.term ?? 0,
      workers: pool.alive,
    });
    if (done >= total) return;
    if (watcher.stalledMs > stallBoundMs) {
      throw new CommandFailed(`no job has ended for ${stallBoundMs / 1000} s, with ${done} of ${total} done`);
    }
    await delay(drawEveryMs, undefined, { signal });
  }
}

function howToUse(local: LocalCluster): string {
  return [
    "The cluster goes on until Ctrl-C. In another terminal:",
    `  export CONCLAVE_ENDPOINTS=${local.endpoints}`,
    "  conclave status --watch",
    "  conclave job stats",
    "  conclave job list --state dead",
    ...local.nodes.map((node) => `  ${node.id}: pid ${node.pid ?? "?"}, http://${node.httpAddress}/metrics`),
  ].join("\n");
}
