import { describe, expect, test } from "vitest";
import { RaftCensus } from "../support/raftCensus.ts";
import { RaftCluster } from "../support/raftCluster.ts";
import { drawMix, unleash, work } from "../support/raftNemesis.ts";
import { tight } from "../support/raftUpheaval.ts";

const firstSeed = Number(process.env["RAFT_SEED"] ?? 1);
const seeds = Number(process.env["RAFT_SEEDS"] ?? (process.env["RAFT_SEED"] === undefined ? 150 : 1));
const faultyMs = 12_000;

/**
 * Faults for a while, with the invariants checked after every step; then they end, whatever was begun is finished, and
 * work goes on, without another election (R16).
 */
function run(seed: number, census = new RaftCensus()): RaftCluster {
  const mix = drawMix(new RaftCluster({ seed, nodes: 1 }).random("mix"));
  const cluster = new RaftCluster({ seed, nodes: mix.nodes, config: tight, diskTraits: mix.diskTraits });
  census.watch(cluster);
  cluster.network.traits = {
    loss: mix.loss,
    duplication: mix.duplication,
    typicalMs: 5,
    slow: mix.slow,
    slowMs: 150,
  };
  try {
    work(cluster, mix, cluster.random("work"), faultyMs);
    unleash(cluster, mix, cluster.random("faults"), faultyMs, census);
    cluster.runFor(faultyMs);
    cluster.healAll();
    // The disks are as slow and unreliable as before, and a member may have the whole log to catch up with.
    cluster.runUntilProgress(20_000);
    cluster.runUntil(() => cluster.isSettled, 20_000, "R16: a settled membership");
    const { highestTerm } = cluster;
    cluster.runUntilProgress(6_000);
    // Those that were removed disturb nobody.
    cluster.runFor(2_000);
    if (cluster.highestTerm > highestTerm) throw new Error("R16: elections go on");
  } catch (error) {
    const replay = `RAFT_SEED=${seed} npx vitest run test/paper/randomCluster.test.ts`;
    throw new Error(`seed ${seed}, replay with: ${replay}\n${JSON.stringify(mix)}\n${cluster.describe()}`, {
      cause: error,
    });
  }
  return cluster;
}

describe("random clusters under random faults", () => {
  test(`R1 to R13 and R15 hold at every step and R16 afterwards, seeds ${firstSeed}..${firstSeed + seeds - 1}`, () => {
    const census = new RaftCensus();
    let committed = 0;
    let elections = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const cluster = run(seed, census);
      committed += cluster.invariants.committed.length;
      elections += cluster.highestTerm;
    }
    // A run that commits nothing or elects nobody would prove nothing.
    expect(committed / seeds).toBeGreaterThan(10);
    expect(elections / seeds).toBeGreaterThan(1);
    if (process.env["RAFT_SEEDS"] !== undefined) console.log(JSON.stringify(census.counts));
    if (seeds < 100) return;
    for (const [kind, count] of Object.entries(census.counts)) {
      expect(count, `${kind} must have occurred`).toBeGreaterThan(0);
    }
  });

  test("a seed replays to the same history", () => {
    const history = (cluster: RaftCluster) =>
      cluster.invariants.committed.map(({ index, term, data }) => `${index}:${term}:${data.join()}`);
    expect(history(run(firstSeed))).toEqual(history(run(firstSeed)));
  });
});
