import { cpSync, readFileSync, renameSync } from "node:fs";
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";
import { observations, produce } from "../support/workload.ts";

test("a node on an older copy of its data ends instead of voting without what it acknowledged", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const seen = observations();
  await using producer = produce(cluster, "work", 4, seen);
  const acknowledge = async (more: number): Promise<void> => {
    const goal = seen.acknowledged.size + more;
    await until(`${more} more jobs are acknowledged`, () => seen.acknowledged.size >= goal);
  };

  await acknowledge(100);
  const leader = await local.waitForLeader();
  const node = local.nodes.find(({ id }) => id !== leader.id);
  if (node === undefined) throw new Error("a follower");
  await node.stop();
  cpSync(node.dataDir, `${node.dataDir}.old`, { recursive: true });
  node.start();
  await node.waitUp();
  const acknowledgedBy = async (id: string): Promise<number> => {
    const statuses = (await local.status()).flatMap(({ status }) => status ?? []);
    return statuses.find(({ nodeId }) => nodeId === id)?.durableIndex ?? 0;
  };
  const copied = await acknowledgedBy(node.id);
  await acknowledge(100);
  await until("the node has written more", async () => (await acknowledgedBy(node.id)) > copied + 5);
  await node.stop();
  renameSync(node.dataDir, `${node.dataDir}.newer`);
  renameSync(`${node.dataDir}.old`, node.dataDir);

  const { term } = await statusOf(local, leader.id);
  node.start();
  expect(await node.exited).toEqual({ code: 5, signal: null });
  expect(readFileSync(node.logFile, "utf8").trimEnd().split("\n").at(-1)).toMatch(
    /^conclave: DATA_CORRUPT: .* the leader of term 1, has this node's word that entries through \d+ are on its disk/,
  );
  await acknowledge(50);
  expect((await statusOf(local, leader.id)).term, "the others are undisturbed").toBe(term);

  // The real directory is taken as if nothing had been.
  renameSync(node.dataDir, `${node.dataDir}.old`);
  renameSync(`${node.dataDir}.newer`, node.dataDir);
  node.start();
  await node.waitUp();
  await until("it has caught up", async () => (await acknowledgedBy(node.id)) > copied + 5);
  await producer.stop();
  expect(seen.errors).toEqual([]);
});

async function statusOf(
  local: Awaited<ReturnType<typeof realCluster>>,
  id: string,
): Promise<{ term: number }> {
  const found = (await local.status())
    .flatMap(({ status }) => status ?? [])
    .find(({ nodeId }) => nodeId === id);
  if (found === undefined) throw new Error(`${id} does not answer`);
  return found;
}
