import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { SeededRandom } from "../../src/base/random.ts";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, ConclaveError, connect, type JobSummary } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { soakSeconds } from "../support/soak.ts";
import { until } from "../support/until.ts";
import { FencedSink } from "./sink/fencedSink.ts";
import { SinkWorkers } from "./sink/sinkWorkers.ts";

const seed = process.env["CONCLAVE_SEED"] ?? String(Date.now());
/** Crashes count as attempts, and this is about crashes. */
const manyAttempts = { maxAttempts: 1_000, initialBackoff: "50ms", maxBackoff: "500ms" } as const;

/** Short leases: a worker that is stopped for two seconds has lost its jobs when it goes on. */
async function produceUntil(
  cluster: Cluster,
  isOver: () => boolean,
  acknowledged: Set<string>,
): Promise<void> {
  while (!isOver()) {
    try {
      const { id } = await cluster.jobs.enqueue("sink", {}, { lease: "1s", retry: manyAttempts });
      acknowledged.add(id);
    } catch (error) {
      // Unknown is not absent: such a job is looked at with the others, wherever it turns up.
      if (!(error instanceof ConclaveError)) throw error;
    }
    await delay(20);
  }
}

interface Faults {
  workerKills: number;
  workerStops: number;
  leaderKills: number;
  leaderStops: number;
}

/** One fault after the other, drawn by the seed, until it is over; all are mended on return. */
async function nemesis(
  local: LocalCluster,
  workers: SinkWorkers,
  sink: FencedSink,
  random: SeededRandom,
  isOver: () => boolean,
): Promise<Faults> {
  const faults: Faults = { workerKills: 0, workerStops: 0, leaderKills: 0, leaderStops: 0 };
  const kinds = [stopCareless, killWorker, stopWorker, killLeader, stopLeader] as const;
  for (let at = 0; !isOver() || at < kinds.length; at++) {
    // Each kind once at least, in this order; then as the seed has it.
    const kind = kinds[at] ?? kinds[random.below(kinds.length)];
    await kind?.();
    await delay(200 + random.next() * 800);
  }
  return faults;

  async function killWorker(): Promise<void> {
    faults.workerKills += 1;
    await workers.killAndReplace(random.below(workers.count));
  }

  async function stopWorker(): Promise<void> {
    await stop(random.below(workers.count));
  }

  /** The second worker is one, until it is replaced. Several times, where it held nothing just then. */
  async function stopCareless(): Promise<void> {
    const before = sink.refused;
    for (let tries = 0; tries < 8 && sink.refused === before; tries++) {
      await stop(1);
      // Stopped again before it holds jobs anew it would only sleep longer: these are more writes than it can have left over.
      const written = (): number => sink.acceptedOf.get(workers.name(1)) ?? 0;
      const leftOver = written() + 8;
      await until("the careless one works", () => written() > leftOver || sink.refused > before);
    }
  }

  async function stop(at: number): Promise<void> {
    faults.workerStops += 1;
    workers.signal(at, "SIGSTOP");
    await delay(1_500 + random.next() * 1_500);
    workers.signal(at, "SIGCONT");
  }

  async function killLeader(): Promise<void> {
    faults.leaderKills += 1;
    const { id } = await local.waitForLeader();
    await local.kill(id, "SIGKILL");
    await local.waitForLeader();
    await local.restart(id);
  }

  async function stopLeader(): Promise<void> {
    faults.leaderStops += 1;
    const { id } = await local.waitForLeader();
    await local.kill(id, "SIGSTOP");
    await delay(1_500 + random.next() * 1_500);
    await local.kill(id, "SIGCONT");
  }
}

/** All jobs; those that ran more than once with their whole history (a page shows the last attempt only). */
async function everyJob(cluster: Cluster): Promise<JobSummary[]> {
  const jobs: JobSummary[] = [];
  for await (const page of cluster.jobs.list({ queue: "sink", limit: 1_000 })) {
    for (const job of page.jobs) jobs.push(job.history.length === 0 ? job : await cluster.jobs.get(job.id));
  }
  return jobs;
}

/** The books of the cluster and of the sink, one against the other. */
function audit(jobs: readonly JobSummary[], sink: FencedSink, acknowledged: ReadonlySet<string>): void {
  const states = new Map(jobs.map((job) => [job.id, job.state]));
  expect([...acknowledged].filter((id) => states.get(id) !== "completed")).toEqual([]);
  expect(jobs.filter(({ state }) => state !== "completed").map(({ id, state }) => `${id} ${state}`)).toEqual(
    [],
  );
  // Nothing in the sink that the cluster does not know, and nothing missing: each job's three steps.
  expect([...sink.jobs.keys()].filter((id) => !states.has(id))).toEqual([]);
  expect(jobs.filter(({ id }) => sink.jobs.get(id)?.steps.size !== 3).map(({ id }) => id)).toEqual([]);
  for (const { id, history, lastToken } of jobs) {
    const tokens = sink.jobs.get(id)?.tokens ?? [];
    expect(tokens, `job ${id}: the sink took a lower token after a higher one`).toEqual(
      tokens.toSorted((a, b) => a - b),
    );
    // Every write came from a claim that the cluster made; the last 20 attempts are kept.
    const claims = new Set([...history.map(({ token }) => token), lastToken]);
    const oldest = history.length < 20 ? 0 : Math.min(...claims);
    expect(tokens.filter((token) => token >= oldest && !claims.has(token))).toEqual([]);
  }
}

test(
  `workers and leaders are killed, stopped and let go on for ${soakSeconds} s: a fenced sink and the cluster agree on every job`,
  async () => {
    await using local = await realCluster();
    await using cluster = await connect(local.endpoints);
    await using sink = new FencedSink();
    await using workers = new SinkWorkers({
      endpoints: local.endpoints,
      sink: await sink.listen(),
      count: 4,
    });
    const acknowledged = new Set<string>();
    const endsAt = performance.now() + soakSeconds * 1_000;
    let isOver = false;
    const producers = Array.from({ length: 4 }, () => produceUntil(cluster, () => isOver, acknowledged));
    await until("the workers work", () => sink.accepted > 200);
    const faults = await nemesis(
      local,
      workers,
      sink,
      new SeededRandom(seed),
      () => performance.now() > endsAt,
    );
    isOver = true;
    await Promise.all(producers);
    await until(
      "every job has ended",
      async () => {
        const { queues } = await cluster.jobs.stats();
        const counts = queues.find(({ queue }) => queue === "sink");
        if (counts === undefined) return false;
        const { ready, scheduled, running } = counts;
        return scheduled + running + ready.high + ready.normal + ready.low === 0;
      },
      120_000,
    );
    const jobs = await everyJob(cluster);
    audit(jobs, sink, acknowledged);
    const resumed = await resumedFromCheckpoint(cluster, jobs);
    console.log(
      `seed ${seed}: ${acknowledged.size} jobs, ${JSON.stringify(faults)}, sink took ${sink.accepted} writes and refused ` +
        `${sink.refused} of older tokens, ${resumed} jobs went on from a checkpoint`,
    );
    expect(acknowledged.size).toBeGreaterThan(soakSeconds * 10);
    expect(sink.refused, "no careless worker met the fence: nothing was tested").toBeGreaterThan(0);
    expect(
      resumed,
      "no attempt began where the one before it had been: nothing was inherited",
    ).toBeGreaterThan(0);
  },
  soakSeconds * 1_000 + 300_000,
);

/** Of the jobs that ran more than once, how many began after what an earlier attempt had saved. */
async function resumedFromCheckpoint(cluster: Cluster, jobs: readonly JobSummary[]): Promise<number> {
  let resumed = 0;
  for (const { id } of jobs.filter(({ history }) => history.length > 0)) {
    const { result } = await cluster.jobs.get<unknown, { readonly from: number }>(id);
    if ((result?.from ?? 0) > 0) resumed += 1;
  }
  return resumed;
}
