import { expect, test } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { metricsOf, realCluster } from "../support/localCluster.ts";
import { until } from "../support/until.ts";

const waitingJobs = 100_000;
const payload = Buffer.alloc(256, "x");

interface NodeState {
  readonly role: string;
  readonly term: number;
  readonly appliedIndex: number;
  readonly compactedIndex: number;
  readonly stateHash: string;
  readonly leaseLeftMs: number;
  readonly leaseMs: number;
}

async function stateOf(httpAddress: string): Promise<NodeState> {
  const response = await fetch(`http://${httpAddress}/status`, { signal: AbortSignal.timeout(10_000) });
  return (await response.json()) as NodeState;
}

async function fill(cluster: Cluster): Promise<void> {
  const batch = Array.from({ length: 100 }, () => ({ queue: "waiting", data: payload }));
  for (let sent = 0; sent < waitingJobs; sent += 4 * batch.length) {
    await Promise.all([1, 2, 3, 4].map(() => cluster.jobs.enqueueMany(batch)));
  }
}

/** The leader's lease while `isOver` says no, as parts of its length: it runs down while heartbeats pause. */
async function leaseShares(httpAddress: string, isOver: () => boolean): Promise<number[]> {
  const shares: number[] = [];
  while (!isOver()) {
    const { role, leaseLeftMs, leaseMs } = await stateOf(httpAddress);
    expect(role).toBe("ROLE_LEADER");
    shares.push(leaseLeftMs / leaseMs);
  }
  return shares;
}

test(`a node that was away until compaction had passed it comes back by snapshot, ${waitingJobs} jobs waiting, and heartbeats go on`, async () => {
  await using local = await realCluster({
    extraArgs: ["--kept-entries", "10", "--checkpoint-interval", "1s"],
  });
  await using cluster = await connect(local.endpoints);
  await cluster.jobs.enqueue("waiting", payload);
  const leader = await local.waitForLeader();
  const away = local.nodes.find(({ id }) => id !== leader.id);
  if (away === undefined) throw new Error("no follower");
  const reached = (await stateOf(away.httpAddress)).appliedIndex;
  await away.stop();

  await fill(cluster);
  let pushed = 0;
  await until(
    "the log is cut above what the node has",
    async () => {
      // Entries, not jobs, are what compaction counts: one call after the other makes one each.
      for (let i = 0; i < 200; i++, pushed++) await cluster.jobs.enqueue("waiting", payload);
      return (await stateOf(leader.httpAddress)).compactedIndex > reached;
    },
    120_000,
  );
  const before = await stateOf(leader.httpAddress);

  // The event loop's delays are counted since the last scrape: from here on.
  await metricsOf(leader.httpAddress);
  let isBack = false;
  const shares = leaseShares(leader.httpAddress, () => isBack);
  const startedAt = performance.now();
  await local.restart(away.id);
  let bySnapshot = false;
  await until(
    "it has caught up",
    async () => {
      const { members } = await cluster.members();
      const member = members.find(({ id }) => id === away.id);
      bySnapshot ||= member?.progress === "snapshot";
      return member?.progress === "replicate" && (member.matchIndex ?? 0) >= before.appliedIndex;
    },
    120_000,
  );
  const tookMs = performance.now() - startedAt;
  const delays = await metricsOf(leader.httpAddress);
  isBack = true;
  const lowest = Math.min(...(await shares));
  const worst = [...delays].filter(([name]) => name.startsWith("conclave_event_loop_delay_seconds"));
  console.log(
    `back after ${Math.round(tookMs)} ms with ${waitingJobs + pushed} jobs; lowest lease ${Math.round(lowest * 100)} %; ` +
      `leader's event loop: ${worst.map(([name, s]) => `${name.slice(33)} ${(s * 1000).toFixed(1)} ms`).join(", ")}`,
  );
  expect(bySnapshot).toBe(true);
  expect((await stateOf(away.httpAddress)).compactedIndex).toBeGreaterThan(reached);
  // Nobody campaigned, and the leader was never silent for long.
  expect((await stateOf(leader.httpAddress)).term).toBe(before.term);
  expect(lowest).toBeGreaterThan(0.5);
  // Same entries, same state: compared at an index that both have applied.
  await until("both are in the same state", async () => {
    const [one, other] = await Promise.all([stateOf(leader.httpAddress), stateOf(away.httpAddress)]);
    return one.appliedIndex === other.appliedIndex && one.stateHash === other.stateHash;
  });
  // It counts: with the third one gone the two are a majority.
  const third = local.nodes.find(({ id }) => id !== leader.id && id !== away.id);
  await local.kill(third?.id ?? "");
  await cluster.jobs.enqueue("waiting", payload);
}, 300_000);
