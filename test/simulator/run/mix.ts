import { type Random, SeededRandom } from "../../../src/base/random.ts";
import { maxToldPerEntry } from "../../../src/machine/limits.ts";
import type { RaftConfig } from "../../../src/raft/index.ts";
import { calmDisk, type DiskTraits } from "../disk/disk.ts";
import { type FaultKind, faultKinds } from "../faults/kinds.ts";
import { calmNetwork, type NetworkTraits } from "../network/links.ts";
import { drawFeatures, type Features } from "../workload/features.ts";

/** What one run is made of. Each seed draws its own, so that rare combinations come up (swarm testing). */
export interface Mix {
  readonly nodes: number;
  /** How long faults go on, and the longest that healing may take. */
  readonly safetyMs: number;
  readonly livenessMs: number;
  readonly raft: Omit<RaftConfig, "id" | "membershipCodec">;
  /** Rates of clocks lie within 1 - drift .. 1 + drift, wall clocks within skewMs of the truth. */
  readonly drift: number;
  readonly skewMs: number;
  readonly turnMs: number;
  /** What a node would do every so often it does so many times more rarely: timers of a busy machine are late. */
  readonly tickStretch: number;
  readonly lookCostMs: number;
  readonly checkpointIntervalMs: number;
  readonly checkpointRecords: number;
  /** Entries below a checkpoint that members which lag find. */
  readonly keptEntries: number;
  /** After a step of a core: the chance that it is offered a snapshot which it must not install. */
  readonly lateSnapshots: number;
  /** The most of a snapshot that travels at a time. */
  readonly chunkBytes: number;
  readonly network: NetworkTraits;
  readonly disk: DiskTraits;
  readonly workload: WorkloadMix;
  /** A fault begins every 0..faultPaceMs. */
  readonly faultPaceMs: number;
  /** In the end the quorum is lost for good: a survivor is recovered, and its new cluster has a time of faults of its own. */
  readonly losesQuorum: boolean;
  /** Everything is lost for good but a backup, of which another cluster is made. Cases of before say nothing of it. */
  readonly losesAll?: boolean;
  /** In the end all is mended but a minority, which has to be done without for a while. Cases of before say nothing of it. */
  readonly minorityStaysAway?: boolean;
  /** Relative weight of each kind of fault; 0 leaves it out. */
  readonly faults: Readonly<Record<FaultKind, number>>;
}

export interface WorkloadMix {
  readonly producers: number;
  /** Between two calls of a producer: 0..paceMs. */
  readonly paceMs: number;
  readonly jobsPerCall: number;
  readonly workers: number;
  readonly concurrency: number;
  readonly queues: number;
  readonly payloadBytes: number;
  readonly leaseMs: number;
  /** A job takes 0..workMs. */
  readonly workMs: number;
  readonly sdkClients: number;
  /** Chances of what a worker does with a job; the rest completes it. */
  readonly fail: number;
  readonly release: number;
  readonly stall: number;
  readonly crash: number;
  readonly shortRetention: number;
  readonly features: Features;
}

/** Producers that call more often than this make a dense run, and a short one. */
const denseMs = 400;

export function drawMix(seed: number | string): Mix {
  const random = new SeededRandom(`${seed}/mix`);
  const electionTimeoutMs = pick(random, [300, 500, 1_000, 1_000]);
  const raft = drawRaft(random, electionTimeoutMs);
  const paceMs = spread(random, 60, 6_000);
  const disaster = new SeededRandom(`${seed}/quorum`).next();
  const losesQuorum = disaster < 0.06;
  const features = drawFeatures(seed);
  return {
    nodes: pick(random, [1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5]),
    // Where little is asked for there is time for more faults.
    safetyMs: spread(random, 30_000, 60_000) * (paceMs < denseMs ? 1 : 2),
    livenessMs: 180_000,
    raft,
    drift: pick(random, [0, 0.001, 0.02]),
    skewMs: pick(random, [0, 200, 60_000]),
    turnMs: pick(random, [0, 0.3, 2]),
    // A heartbeat may come a tick late.
    tickStretch: Math.min(spread(random, 20, 100), Math.max(20, raft.heartbeatIntervalMs / 2)) / 20,
    lookCostMs: pick(random, [0, 0.001, 0.02, 0.5]),
    checkpointIntervalMs: pick(random, [300, 2_000, 8_000]),
    checkpointRecords: pick(random, [20, 500, 10_000]),
    keptEntries: pick(random, [0, 3, 20, 200, 100_000]),
    lateSnapshots: pick(random, [0, 0, 0.03]),
    chunkBytes: pick(random, [300, 2_000, 1024 * 1024]),
    network: drawNetwork(random),
    disk: {
      typicalMs: pick(random, [0.5, 3, 10]),
      slow: some(random, 0.5, 0.05),
      slowMs: pick(random, [20, 200, 1_500]),
      readMs: pick(random, [0.1, 1, 5]),
    },
    // The command that recovers is the real one, and tells as many at a time as the product does.
    workload: drawWorkload(
      random,
      paceMs,
      losesQuorum ? { ...features, toldPerEntry: maxToldPerEntry } : features,
    ),
    faultPaceMs: pick(random, [800, 2_500, 6_000]),
    losesQuorum,
    losesAll: !losesQuorum && disaster < 0.12,
    minorityStaysAway: new SeededRandom(`${seed}/absence/mix`).next() < 0.4,
    faults: drawFaults(random),
  };
}

/** Three nodes that are asked for nothing out of the ordinary: what a case written by hand changes some of. */
export function calmMix(): Mix {
  const electionTimeoutMs = 500;
  const none = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Mix["faults"];
  const drawn = drawMix("calm");
  return {
    ...drawn,
    nodes: 3,
    safetyMs: 15_000,
    raft: {
      electionTimeoutMs,
      heartbeatIntervalMs: 100,
      electionBackoff: { initialMs: electionTimeoutMs, multiplier: 2, maxMs: 2_000 },
      maxAppendBytes: 1024 * 1024,
      maxInflightAppends: 64,
      maxInflightBytes: 8 * 1024 * 1024,
      maxUncommittedBytes: 64 * 1024 * 1024,
      cacheBytes: 16 * 1024 * 1024,
      maxPromotionLag: 1_000,
    },
    drift: 0,
    skewMs: 0,
    turnMs: 0,
    tickStretch: 1,
    lookCostMs: 0,
    lateSnapshots: 0,
    network: calmNetwork,
    disk: calmDisk,
    checkpointIntervalMs: 2_000,
    checkpointRecords: 500,
    keptEntries: 200,
    chunkBytes: 2_000,
    livenessMs: 180_000,
    faultPaceMs: 1_000,
    losesQuorum: false,
    minorityStaysAway: false,
    workload: {
      ...drawn.workload,
      features: { ...drawn.workload.features, toldPerEntry: maxToldPerEntry, dutyPaceMs: 0, upgradeAtMs: 0 },
      producers: 2,
      paceMs: 200,
      jobsPerCall: 1,
      workers: 2,
      concurrency: 4,
      queues: 2,
      payloadBytes: 20,
      leaseMs: 2_000,
      workMs: 200,
      sdkClients: 0,
      fail: 0.1,
      release: 0,
      stall: 0,
      crash: 0,
      shortRetention: 0,
    },
    faults: none,
  };
}

function drawRaft(random: Random, electionTimeoutMs: number): Mix["raft"] {
  const tight = random.next() < 0.4;
  return {
    electionTimeoutMs,
    heartbeatIntervalMs: Math.round(electionTimeoutMs / spread(random, 3, 10)),
    electionBackoff: { initialMs: electionTimeoutMs, multiplier: 2, maxMs: pick(random, [2_000, 60_000]) },
    maxAppendBytes: tight ? 1_500 : 1024 * 1024,
    maxInflightAppends: tight ? pick(random, [1, 3, 8]) : 64,
    maxInflightBytes: tight ? 4_000 : 8 * 1024 * 1024,
    maxUncommittedBytes: tight ? pick(random, [150, 600, 4_000, 30_000]) : 64 * 1024 * 1024,
    cacheBytes: tight ? pick(random, [0, 2_000]) : 16 * 1024 * 1024,
    maxPromotionLag: pick(random, [2, 50, 1_000]),
  };
}

function drawNetwork(random: Random): NetworkTraits {
  const mode = random.next() < 0.65 ? "stream" : "loose";
  return {
    minMs: 0.1,
    typicalMs: pick(random, [1, 5, 20]),
    slow: some(random, 0.6, 0.1),
    slowMs: pick(random, [20, 100, 400]),
    mode,
    loss: mode === "loose" ? some(random, 0.7, 0.15) : 0,
    duplication: mode === "loose" ? some(random, 0.7, 0.15) : 0,
  };
}

function drawWorkload(random: Random, paceMs: number, features: Features): WorkloadMix {
  return {
    producers: 1 + random.below(3),
    paceMs,
    jobsPerCall: pick(random, [1, 1, 3]),
    workers: 1 + random.below(3),
    concurrency: 1 + random.below(6),
    queues: 1 + random.below(3),
    payloadBytes: pick(random, [0, 20, 300]),
    leaseMs: pick(random, [800, 2_000, 10_000]),
    workMs: pick(random, [10, 200, 1_500]),
    sdkClients: drawSdkClients(random.next()),
    fail: some(random, 0.7, 0.4),
    release: some(random, 0.5, 0.2),
    stall: some(random, 0.6, 0.15),
    crash: some(random, 0.5, 0.03),
    shortRetention: random.next() < 0.3 ? 0.3 : 0,
    features,
  };
}

/** Where there are two, one makes jobs that come to the other while it is stopped. */
function drawSdkClients(dice: number): number {
  if (dice < 0.15) return 2;
  return dice < 0.4 ? 1 : 0;
}

function drawFaults(random: Random): Mix["faults"] {
  const drawn = faultKinds.map((kind) => [kind, random.next() < 0.55 ? 1 + random.below(4) : 0]);
  return Object.fromEntries(drawn) as Record<FaultKind, number>;
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item;
}

/** A whole number from `least` to `most`, each order of magnitude as likely as the others. */
function spread(random: Random, least: number, most: number): number {
  return Math.round(least * (most / least) ** random.next());
}

/** 0, or by chance up to `most`. */
export function some(random: Random, chance: number, most: number): number {
  return random.next() < chance ? most * random.next() : 0;
}
