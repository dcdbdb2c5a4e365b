import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LocalCluster } from "../../src/cli/localCluster.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

/**
 * The leader calls it a voter, which it may lead by the time that one looks; and so it did before the node had asked to be taken in
 * anew, hence its own word as well.
 */
async function votesAgain(local: LocalCluster, cluster: Cluster, id: string): Promise<boolean> {
  const own = (await local.status()).find((member) => member.nodeId === id)?.status?.standing;
  if (own !== "member") return false;
  const { members } = await cluster.members({ timeout: "10s" });
  const standing = members.find((member) => member.id === id)?.standing;
  return standing === "voter" || standing === "leader";
}

/** One bit in the middle of the largest file of a database. */
async function flipABit(folder: string): Promise<void> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => ({ name, size: (await stat(join(folder, name))).size })),
  );
  const { name, size } = sizes.sort((a, b) => b.size - a.size)[0] ?? { name: "", size: 0 };
  expect(size).toBeGreaterThan(0);
  const file = await open(join(folder, name), "r+");
  try {
    const at = Math.floor(size / 2);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0x10]), 0, 1, at);
  } finally {
    await file.close();
  }
}

test("a node whose log is damaged neither votes nor serves on it: it sets it aside, and is filled and given its vote again by the others", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const jobs = Array.from({ length: 200 }, (_, at) => ({ data: { at, filler: "x".repeat(500) } }));
  await cluster.jobs.enqueueMany(jobs.map(({ data }) => ({ queue: "kept", data })));
  const leader = await local.waitForLeader();
  const victim = local.nodes.find(({ id }) => id !== leader.id);
  if (victim === undefined) throw new Error("no follower");
  await victim.stop();
  await flipABit(join(victim.dataDir, "log"));
  await local.restart(victim.id);
  await until(`${victim.id} votes again`, () => votesAgain(local, cluster, victim.id), 60_000);
  const names = await readdir(victim.dataDir);
  expect(names.filter((name) => name.startsWith("damaged-"))).toHaveLength(1);
  // It counts again: with another node gone, the two of them are the majority.
  const other = local.nodes.find(({ id }) => id !== victim.id && id !== leader.id);
  await local.kill(other?.id ?? "");
  const { id } = await cluster.jobs.enqueue("kept", { after: "the repair" });
  expect((await cluster.jobs.get(id)).state).toBe("ready");
  const { queues } = await cluster.jobs.stats();
  expect(queues.find(({ queue }) => queue === "kept")?.ready.normal).toBe(201);
}, 180_000);

test("bug 29: a wiped node is turned away under its old id, and comes back as a learner when it is told to rejoin", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  await cluster.jobs.enqueue("kept", {});
  const leader = await local.waitForLeader();
  const victim = local.nodes.find(({ id }) => id !== leader.id);
  if (victim === undefined) throw new Error("no follower");
  await victim.stop();
  await rm(victim.dataDir, { recursive: true, force: true });
  await local.restart(victim.id);
  await until(
    "it is told how to come back",
    async () => (await victim.logTail()).includes("--rejoin"),
    30_000,
  );
  await victim.stop();
  await rm(victim.dataDir, { recursive: true, force: true });
  await local.addNode({ id: victim.id, extraArgs: ["--rejoin"] });
  await until(`${victim.id} votes again`, () => votesAgain(local, cluster, victim.id), 60_000);
  const { members } = await cluster.members();
  expect(members.map(({ id }) => id)).toEqual(["n1", "n2", "n3"]);
}, 180_000);
