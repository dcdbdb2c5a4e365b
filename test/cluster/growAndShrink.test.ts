import { expect, test } from "vitest";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";
import { consume, type Observations, observations, produce } from "../support/workload.ts";

async function votersOf(cluster: Cluster): Promise<string[]> {
  const { members } = await cluster.members({ timeout: "10s" });
  return members.filter(({ standing }) => standing === "voter" || standing === "leader").map(({ id }) => id);
}

/** Starts a node that is to vote, and resolves once it does. */
async function grow(local: LocalCluster, cluster: Cluster, replaces?: string): Promise<string> {
  const { id } = await local.addNode({ voter: true, replaces });
  await until(`${id} votes`, async () => (await votersOf(cluster)).includes(id), 60_000);
  return id;
}

async function moreIsAcknowledged(seen: Observations, when: string): Promise<void> {
  const before = seen.acknowledged.size;
  await until(`jobs are acknowledged ${when}`, () => seen.acknowledged.size > before + 50, 30_000);
}

test("a loaded cluster grows from three to five and shrinks to three others: no call fails, no job is lost", async () => {
  await using local = await realCluster();
  // Of the first three only: all of them will be gone in the end.
  await using cluster = await connect(local.endpoints);
  const seen = observations();
  const producer = produce(cluster, "work", 8, seen, 5);
  const worker = consume(cluster, "work", 16, seen);
  await moreIsAcknowledged(seen, "by three");

  expect([await grow(local, cluster), await grow(local, cluster)]).toEqual(["n4", "n5"]);
  expect(await votersOf(cluster)).toEqual(["n1", "n2", "n3", "n4", "n5"]);
  await moreIsAcknowledged(seen, "by five");

  // One that leads is removed, one is replaced in a single step, and then two leave at once (a joint configuration).
  const leader = await local.waitForLeader();
  const founders = ["n1", "n2", "n3"].filter((id) => id !== leader.id);
  const [replaced = "", last = ""] = founders;
  await cluster.transferLeadership({ to: last });
  await local.removeNode(leader.id);
  await moreIsAcknowledged(seen, "by four");
  expect(await grow(local, cluster, replaced)).toBe("n6");
  await until("the replaced one is gone", async () => !(await votersOf(cluster)).includes(replaced));
  expect(await votersOf(cluster)).toEqual([last, "n4", "n5", "n6"].sort());
  expect((await local.waitForLeader()).id).toBe(last);
  await local.removeNode(last);
  await moreIsAcknowledged(seen, "by three others");
  expect(await votersOf(cluster)).toEqual(["n4", "n5", "n6"]);

  await producer.stop();
  await until("all jobs are done", async () => {
    const work = (await cluster.jobs.stats()).queues.find(({ queue }) => queue === "work");
    return work !== undefined && work.completed >= seen.acknowledged.size;
  });
  await worker.stop();
  expect(seen.errors).toEqual([]);
  const states = new Map<string, string>();
  for await (const { jobs } of cluster.jobs.list({ queue: "work", limit: 1_000 })) {
    for (const { id, state } of jobs) states.set(id, state);
  }
  expect([...seen.acknowledged].filter((id) => states.get(id) !== "completed")).toEqual([]);
  const status = (await local.status()).flatMap(({ status: each }) => each ?? []);
  const hashes = status.filter(({ nodeId }) => ["n4", "n5", "n6"].includes(nodeId));
  expect(hashes).toHaveLength(3);
}, 300_000);
