import { expect, test } from "vitest";
import { ConclaveError, connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";
import { consume, observations, produce } from "../support/workload.ts";

test("leadership moves on request, and on a planned stop, without an election timeout and without a failed write", async () => {
  await using local = await realCluster();
  await using cluster = await connect(local.endpoints);
  const seen = observations();
  await using producer = produce(cluster, "work", 4, seen);
  await using worker = consume(cluster, "work", 8, seen);
  await until("the load runs", () => seen.acknowledged.size > 50);

  const first = await local.waitForLeader();
  const successor = local.nodes.find((node) => node.id !== first.id)?.id ?? "";
  const { leaderId, term } = await cluster.transferLeadership({ to: successor });
  expect(leaderId).toBe(successor);
  expect((await local.waitForLeader()).id).toBe(successor);

  const stranger = await cluster.transferLeadership({ to: "n9" }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(stranger).toBeInstanceOf(ConclaveError);
  expect((stranger as ConclaveError).code).toBe("TRANSFER_FAILED");

  /** By each node that is there. */
  const campaignsLost = async (): Promise<Record<string, number>> => {
    const shown = (await local.status()).flatMap(({ status }) => status ?? []);
    return Object.fromEntries(shown.map(({ nodeId, electionsLost }) => [nodeId, electionsLost]));
  };
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    const leader = await local.waitForLeader();
    // Some may have lost one when the cluster was founded.
    const lostBefore = await campaignsLost();
    seen.longestWaitMs = 0;
    const before = seen.acknowledged.size;
    await leader.stop();
    await until("writes go on", () => seen.acknowledged.size > before + 20);
    waits.push(Math.round(seen.longestWaitMs));
    const status = (await local.status()).flatMap(({ status }) => status ?? []);
    const heir = status.find(({ role }) => role === "leader");
    // It was handed over, not found out: one term further on, and nobody lost a campaign.
    expect(heir?.term).toBe(term + round + 1);
    expect(lostBefore).toMatchObject(await campaignsLost());
    await local.restart(leader.id);
    await until("the restarted node follows", async () => {
      const all = (await local.status()).flatMap(({ status }) => status ?? []);
      return all.length === 3 && all.every((each) => each.members.every((member) => member.reachable));
    });
  }
  await producer.stop();
  await worker.stop();
  console.log(`longest wait of a caller while the leader was restarted: ${waits.join(", ")} ms`);
  expect(seen.errors).toEqual([]);
}, 120_000);
