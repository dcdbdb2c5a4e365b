import { expect, test } from "vitest";
import { type Cluster, ConclaveError, connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";
import { consume, observations, produce } from "../support/workload.ts";

/** `npm run soak` has more of them. */
const kills = Number(process.env["CONCLAVE_KILLS"] ?? 12);

/** States of every job in a queue, by id, read linearizably. */
async function statesOf(cluster: Cluster, queue: string): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for await (const page of cluster.jobs.list({ queue, limit: 1_000 })) {
    for (const job of page.jobs) states.set(job.id, job.state);
  }
  return states;
}

/** Bug 33 with real processes: a claim from before a failover, overtaken by its lease, may not complete the job. */
async function staleTokenIsRefused(cluster: Cluster): Promise<void> {
  const { id } = await cluster.jobs.enqueue("slow", {}, { lease: "1s", retry: { initialBackoff: "10ms" } });
  const [first] = await cluster.claim("slow", { slots: 1, wait: "10s" });
  expect(first?.id).toBe(id);
  // The first worker says nothing until its lease is over and another one holds the job.
  const [second] = await until("the job is handed out again", async () => {
    const claimed = await cluster.claim("slow", { slots: 1, wait: "5s" });
    return claimed.length > 0 ? claimed : null;
  });
  expect(second?.id).toBe(id);
  expect(second?.fencingToken).toBeGreaterThan(first?.fencingToken ?? Number.POSITIVE_INFINITY);
  const refused = await first?.complete({ by: "the first" }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(ConclaveError);
  expect((refused as ConclaveError).code).toBe("STALE_TOKEN");
  await second?.complete({ by: "the second" });
  const job = await cluster.jobs.get(id);
  expect(job?.state).toBe("completed");
  expect(job?.result).toEqual({ by: "the second" });
}

test(`under load the leader is killed ${kills} times in a row: nothing acknowledged is lost, nothing done twice by two valid tokens`, async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const seen = observations();
  const producer = produce(cluster, "work", 8, seen, 5);
  const worker = consume(cluster, "work", 16, seen);

  for (let kill = 1; kill <= kills; kill++) {
    const before = seen.acknowledged.size;
    const leader = await local.waitForLeader();
    await local.kill(leader.id, "SIGKILL");
    await until(
      `writes are acknowledged again after kill ${kill}`,
      () => seen.acknowledged.size > before + 8,
    );
    await local.restart(leader.id);
  }

  await producer.stop();
  await until(
    "all jobs are done",
    async () => {
      const { queues } = await cluster.jobs.stats();
      const work = queues.find(({ queue }) => queue === "work");
      if (work === undefined) return false;
      return work.scheduled + work.running + work.ready.high + work.ready.normal + work.ready.low === 0;
    },
    60_000,
  );
  await worker.stop();

  const states = await statesOf(cluster, "work");
  const lost = [...seen.acknowledged].filter((id) => states.get(id) !== "completed");
  expect(lost).toEqual([]);
  expect(seen.acknowledged.size).toBeGreaterThan(kills * 8);
  // A job may run again under a higher token, at least once; two runs never share one, and tokens only grow.
  for (const [id, tokens] of seen.runs) {
    expect(new Set(tokens).size, `job ${id} ran twice under one token`).toBe(tokens.length);
    expect(tokens, `job ${id} was handed a lower token after a higher one`).toEqual(
      tokens.toSorted((a, b) => a - b),
    );
  }
  // The log accepted one completion a job: the result that stands names the last token.
  for (const id of [...seen.runs.keys()].slice(0, 200)) {
    const job = await cluster.jobs.get(id);
    expect(seen.runs.get(id)).toContain((job.result as { token: number }).token);
  }
  await staleTokenIsRefused(cluster);
}, 300_000);
