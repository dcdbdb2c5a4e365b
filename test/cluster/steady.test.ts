import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { realCluster } from "../support/localCluster.ts";
import { soakSeconds } from "../support/soak.ts";
import { consume, observations, produce } from "../support/workload.ts";

interface Status {
  readonly role: string;
  readonly term: number;
  readonly leaseLeftMs: number;
  readonly leaseMs: number;
  readonly electionsStarted: number;
}

async function statusOf(httpAddress: string): Promise<Status> {
  const response = await fetch(`http://${httpAddress}/status`, { signal: AbortSignal.timeout(10_000) });
  return (await response.json()) as Status;
}

test(
  `a steady cluster under load for ${soakSeconds} s: no election, and the lease never below half of its length`,
  async () => {
    await using local = await realCluster();
    await using cluster = await connect(local.endpoints);
    const leader = await local.waitForLeader();
    const before = await Promise.all(local.nodes.map((node) => statusOf(node.httpAddress)));
    const seen = observations();
    const producer = produce(cluster, "work", 64, seen);
    const worker = consume(cluster, "work", 64, seen);

    const shares: number[] = [];
    const end = performance.now() + soakSeconds * 1000;
    while (performance.now() < end) {
      const status = await statusOf(leader.httpAddress);
      expect(status.role).toBe("ROLE_LEADER");
      shares.push(status.leaseLeftMs / status.leaseMs);
      await delay(20);
    }
    await producer.stop();
    await worker.stop();

    const after = await Promise.all(local.nodes.map((node) => statusOf(node.httpAddress)));
    expect(after.map(({ term }) => term)).toEqual(before.map(({ term }) => term));
    expect(after.map(({ electionsStarted }) => electionsStarted)).toEqual(
      before.map(({ electionsStarted }) => electionsStarted),
    );
    console.log(
      `${seen.acknowledged.size} jobs acknowledged, ${shares.length} samples of the lease, ` +
        `lowest ${(Math.min(...shares) * 100).toFixed(0)} % of its length`,
    );
    expect(seen.errors).toEqual([]);
    expect(shares.length).toBeGreaterThan(soakSeconds);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.5);
  },
  soakSeconds * 1000 + 120_000,
);
