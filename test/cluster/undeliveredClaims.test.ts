import { expect, test } from "vitest";
import { type Cluster, connect, type JobSummary } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

const kills = 5;
/** So many when none of those has met a claim on its way, as happens. */
const mostKills = 20;
const workers = 12;
const producers = 24;

/** One attempt only: a claim that counts without its worker ever having seen the job makes it dead. */
const once = { retry: { maxAttempts: 1 }, lease: "5s" } as const;

/** Callers that enqueue one job after another; what was acknowledged, until told to stop. */
function produceOnce(cluster: Cluster) {
  const acknowledged = new Set<string>();
  let stopping = false;
  const callers = Array.from({ length: producers }, async () => {
    while (!stopping) {
      // An outage may outlast the call: such a job may or may not be there, and is looked at all the same.
      const job = await cluster.jobs.enqueue("once", {}, once).catch(() => null);
      if (job !== null) acknowledged.add(job.id);
    }
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(callers);
  };
  return { acknowledged, stop };
}

function wasReleased({ history }: JobSummary): boolean {
  return history.some((attempt) => attempt.end === "released");
}

async function everyJob(cluster: Cluster): Promise<JobSummary[]> {
  const jobs: JobSummary[] = [];
  for await (const page of cluster.jobs.list({ queue: "once", limit: 1_000 })) jobs.push(...page.jobs);
  return jobs;
}

test(`workers wait for jobs that have one attempt while the leader is killed ${kills} times: none is dead, none lost`, async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const tokens = new Map<string, number[]>();
  for (let n = 0; n < workers; n++) {
    cluster.work("once", { concurrency: 8 }, (job) => {
      tokens.set(job.id, [...(tokens.get(job.id) ?? []), job.fencingToken]);
    });
  }
  const { acknowledged, stop } = produceOnce(cluster);

  const metNone = async (): Promise<boolean> => !(await everyJob(cluster)).some(wasReleased);
  let kill = 1;
  for (; kill <= kills || (kill <= mostKills && (await metNone())); kill++) {
    const before = acknowledged.size;
    await until(`jobs flow before kill ${kill}`, () => acknowledged.size > before + 300);
    const leader = await local.waitForLeader();
    await local.kill(leader.id, "SIGKILL");
    await until(`jobs flow again after kill ${kill}`, () => acknowledged.size > before + 600);
    await local.restart(leader.id);
  }

  await stop();
  await until(
    "every job has ended",
    async () => {
      const { queues } = await cluster.jobs.stats();
      const once = queues.find(({ queue }) => queue === "once");
      if (once === undefined) return false;
      return once.scheduled + once.running + once.ready.high + once.ready.normal + once.ready.low === 0;
    },
    60_000,
  );
  const jobs = await everyJob(cluster);
  const ended = new Map(jobs.map((job) => [job.id, job.state]));
  const released = jobs.filter(wasReleased);
  console.log(
    `${acknowledged.size} jobs acknowledged over ${kill - 1} kills, ${released.length} claims never delivered and released`,
  );
  expect(jobs.filter((job) => job.state !== "completed").map((job) => `${job.state}: ${job.reason}`)).toEqual(
    [],
  );
  expect([...acknowledged].filter((id) => !ended.has(id))).toEqual([]);
  expect(released.length, "no kill met a claim on its way: nothing was tested").toBeGreaterThan(0);
  // Whoever holds a job keeps it: what is released has run nowhere.
  expect([...tokens].filter(([, each]) => each.length > 1)).toEqual([]);
}, 300_000);
