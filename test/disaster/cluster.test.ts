import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Cluster } from "../../src/client/index.ts";
import { type BackupSummary, inspect, recover, restore, writeBackup } from "../../src/disaster/index.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

const ids = ["n1", "n2", "n3"] as const;

async function backedUp(client: Cluster): Promise<BackupSummary> {
  return writeBackup(join(temporaryFolder(), "the.backup"), client.backup().parts(), { overwrite: false });
}

async function enqueued(client: Cluster, from: number, through: number): Promise<void> {
  for (let at = from; at <= through; at++) await client.jobs.enqueue("mail", { at }, { id: `job-${at}` });
}

async function jobsIn(client: Cluster): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for await (const { jobs } of client.jobs.list()) for (const job of jobs) states.set(job.id, job.state);
  return states;
}

it("a backup of a working cluster, restored on three nodes: they form a cluster that goes on from it", async () => {
  await using cluster = await InProcessCluster.start(3);
  let backup: BackupSummary;
  {
    await using client = await cluster.connect("n1");
    await enqueued(client, 1, 20);
    const claimed = await client.claim("mail", { slots: 5, workerId: "w1" });
    for (const job of claimed.slice(0, 2)) await job.complete("done");
    backup = await backedUp(client);
    // After the backup: lost by going back to it.
    await enqueued(client, 21, 25);
    const [late] = await client.claim("mail", { slots: 1, workerId: "w2" });
    await late?.complete("lost");
  }
  const peers = cluster.peerAddresses.map((address, at) => ({ id: `n${at + 1}`, address }));
  for (const id of ids) {
    await cluster.stop(id);
    rmSync(cluster.dataDir(id), { recursive: true });
  }
  const reports = [];
  for (const id of ids) {
    const target = { dataDir: cluster.dataDir(id), id, peers, cluster: "conclave" };
    reports.push(await restore({ ...target, file: backup.path }));
  }
  const [report] = reports;
  if (report === undefined) throw new Error("three were restored");
  expect(report.formerIndex).toBe(backup.index);
  expect(new Set(reports.map(({ stateHash, clusterId }) => `${stateHash} ${clusterId}`)).size).toBe(1);

  await Promise.all(ids.map((id) => cluster.run(id)));
  await cluster.converged(...ids);
  await using client = await cluster.connect("n2");
  const jobs = await jobsIn(client);
  expect(jobs.size).toBe(20);
  expect([...jobs.values()].filter((state) => state === "completed")).toHaveLength(2);
  expect([...jobs.values()].filter((state) => state === "running")).toHaveLength(3);
  // An enqueue that its client repeats is the same job, and what was lost is taken anew.
  expect(await client.jobs.enqueue("mail", { at: 1 }, { id: "job-1" })).toMatchObject({ existing: true });
  expect(await client.jobs.enqueue("mail", { at: 21 }, { id: "job-21" })).toMatchObject({ existing: false });
  const claimed = await client.claim("mail", { slots: 30, workerId: "w3" });
  expect(claimed.length).toBe(16);
  for (const job of claimed) expect(job.fencingToken).toBeGreaterThan(report.index);
  for (const job of claimed) await job.complete("again");
  await cluster.converged(...ids);
  const status = await cluster.status("n3");
  expect(status?.clusterId).toBe(report.clusterId);
  expect(status?.term).toBeGreaterThan(report.term);
});

it("a survivor whose quorum is lost for good goes on alone, and others join it with empty directories", async () => {
  await using cluster = await InProcessCluster.start(3);
  {
    await using client = await cluster.connect("n1");
    await enqueued(client, 1, 20);
    await client.claim("mail", { slots: 3, workerId: "w1" });
  }
  await cluster.converged(...ids);
  for (const id of ids) await cluster.stop(id);
  // Two machines are gone.
  for (const id of ["n1", "n3"]) renameSync(cluster.dataDir(id), join(temporaryFolder(), id));
  const { lastEntry, clusterId } = await inspect(cluster.dataDir("n2"));
  const report = await recover({ dataDir: cluster.dataDir("n2"), id: "n2", cluster: "" });
  expect(report).toMatchObject({ formerIndex: lastEntry.index, formerClusterId: clusterId, jobs: 20 });

  const address = cluster.peerAddresses[1] ?? "";
  await cluster.run("n2", { peers: [{ id: "n2", address }] });
  await using client = await cluster.connect("n2");
  const claimed = await until("it leads", () =>
    client.claim("mail", { slots: 2, workerId: "w2" }).catch(() => null),
  );
  for (const job of claimed) expect(job.fencingToken).toBeGreaterThan(report.index);
  expect((await jobsIn(client)).size).toBe(20);

  for (const id of ["n1", "n3"]) await cluster.run(id, { peers: [], join: [address] });
  await cluster.converged(...ids);
  expect((await cluster.status("n1"))?.clusterId).toBe(report.clusterId);
  for (const job of claimed) await job.complete("done");
  await cluster.converged(...ids);
});
