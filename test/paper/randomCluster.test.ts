import { describe, expect, test } from "vitest";
import { RaftCluster } from "../support/raftCluster.ts";
import { drawMix, unleash, work } from "../support/raftNemesis.ts";

const firstSeed = Number(process.env["RAFT_SEED"] ?? 1);
const seeds = Number(process.env["RAFT_SEEDS"] ?? (process.env["RAFT_SEED"] === undefined ? 600 : 1));
const faultyMs = 12_000;

/** Short timeouts, so that many terms fit into a run; small limits, so that windows fill up, caches spill over to disk and proposals are refused. */
const tight = {
  electionTimeoutMs: 200,
  heartbeatIntervalMs: 40,
  electionBackoff: { initialMs: 100, multiplier: 2, maxMs: 1_000 },
  maxAppendBytes: 600,
  maxInflightAppends: 4,
  maxInflightBytes: 1_500,
  maxUncommittedBytes: 6_000,
  cacheBytes: 400,
};

/** Faults for a while, with the invariants checked after every step; then they end, and work must go on (R16). */
function run(seed: number): RaftCluster {
  const mix = drawMix(new RaftCluster({ seed, nodes: 1 }).random("mix"));
  const cluster = new RaftCluster({ seed, nodes: mix.nodes, config: tight, diskTraits: mix.diskTraits });
  cluster.network.traits = {
    loss: mix.loss,
    duplication: mix.duplication,
    typicalMs: 5,
    slow: mix.slow,
    slowMs: 150,
  };
  try {
    work(cluster, mix, cluster.random("work"), faultyMs);
    unleash(cluster, mix, cluster.random("faults"), faultyMs);
    cluster.runFor(faultyMs);
    cluster.healAll();
    cluster.runUntilProgress(6_000);
  } catch (error) {
    const replay = `RAFT_SEED=${seed} npx vitest run test/paper/randomCluster.test.ts`;
    throw new Error(`seed ${seed}, replay with: ${replay}\n${JSON.stringify(mix)}\n${cluster.describe()}`, {
      cause: error,
    });
  }
  return cluster;
}

describe("random clusters under random faults", () => {
  test(`R1 to R4, R6 to R10, R12 hold at every step and R16 afterwards, seeds ${firstSeed}..${firstSeed + seeds - 1}`, () => {
    let committed = 0;
    let elections = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const cluster = run(seed);
      committed += cluster.invariants.committed.length;
      elections += cluster.highestTerm;
    }
    // A run that commits nothing or elects nobody would prove nothing.
    expect(committed / seeds).toBeGreaterThan(10);
    expect(elections / seeds).toBeGreaterThan(1);
  });

  test("a seed replays to the same history", () => {
    const history = (cluster: RaftCluster) =>
      cluster.invariants.committed.map(({ index, term, data }) => `${index}:${term}:${data.join()}`);
    expect(history(run(firstSeed))).toEqual(history(run(firstSeed)));
  });
});
