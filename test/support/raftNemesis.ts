import type { Random } from "../../src/base/random.ts";
import type { RaftCensus } from "./raftCensus.ts";
import type { RaftCluster } from "./raftCluster.ts";
import { sabotage } from "./raftSaboteur.ts";
import type { DiskTraits } from "./raftSimNode.ts";
import { anyOf, isUpheaval, stirUp, upheavals } from "./raftUpheaval.ts";

/** What one run suffers: each run draws its own mix, so that rare combinations come up (swarm testing). */
export interface Mix {
  readonly nodes: number;
  readonly loss: number;
  readonly duplication: number;
  readonly slow: number;
  readonly diskTraits: DiskTraits;
  /** A write or read comes every 1..paceMs. */
  readonly paceMs: number;
  /** That something strikes while a configuration changes or a snapshot is installed. */
  readonly sabotage: number;
  /** Relative weight of each kind of fault; 0 leaves it out. */
  readonly faults: Readonly<Record<Fault, number>>;
}

const faultKinds = [
  "crash",
  "restart",
  "pause",
  "resume",
  "partition",
  "oneWay",
  "heal",
  "drop",
  "transfer",
  ...upheavals,
] as const;
type Fault = (typeof faultKinds)[number];

export function drawMix(random: Random): Mix {
  const some = (chance: number, value: number) => (random.next() < chance ? value * random.next() : 0);
  const weight = (fault: Fault): [Fault, number] => [fault, random.next() < 0.7 ? 1 + random.below(3) : 0];
  const drawn = new Map(faultKinds.map(weight));
  const faults = Object.fromEntries(drawn) as Record<Fault, number>;
  // A third of the runs leave the membership alone.
  if (random.next() < 0.33) for (const kind of upheavals) faults[kind] = 0;
  return {
    nodes: [1, 2, 3, 3, 3, 3, 4, 5, 5, 5][random.below(10)] ?? 3,
    loss: some(0.5, 0.2),
    duplication: some(0.5, 0.2),
    slow: some(0.6, 0.3),
    diskTraits: {
      typicalMs: 1 + random.below(10),
      slow: some(0.5, 0.1),
      slowMs: 1 + random.below(500),
      reportMs: random.next() < 0.5 ? random.below(60) : 0,
      readFailure: some(0.3, 0.5),
      hastyCompaction: some(0.6, 1),
    },
    paceMs: 2 + random.below(60),
    sabotage: some(0.5, 0.4),
    faults: { ...faults, restart: Math.max(2, faults.restart), resume: Math.max(2, faults.resume), heal: 2 },
  };
}

/** Faults at random times, and at the worst of times, until `untilMs`. */
export function unleash(
  cluster: RaftCluster,
  mix: Mix,
  random: Random,
  untilMs: number,
  census: RaftCensus,
): void {
  sabotage(cluster, mix.sabotage, cluster.random("sabotage"), untilMs, census);
  goOn(cluster, mix, random, untilMs, census);
}

function goOn(cluster: RaftCluster, mix: Mix, random: Random, untilMs: number, census: RaftCensus): void {
  if (cluster.schedule.now >= untilMs) return;
  inflict(cluster, pick(mix, random), random, census);
  cluster.schedule.after(10 + random.below(600), () => goOn(cluster, mix, random, untilMs, census));
}

function pick({ faults }: Mix, random: Random): Fault {
  const total = faultKinds.reduce((sum, kind) => sum + faults[kind], 0);
  let at = random.below(total);
  for (const kind of faultKinds) {
    at -= faults[kind];
    if (at < 0) return kind;
  }
  return "heal";
}

function inflict(cluster: RaftCluster, fault: Fault, random: Random, census: RaftCensus): void {
  if (isUpheaval(fault)) return stirUp(cluster, fault, random, census);
  const node = anyOf(cluster.nodes, random);
  switch (fault) {
    case "crash": {
      const victim = random.next() < 0.5 ? (cluster.leader ?? node) : node;
      if (!victim.isUp) return;
      census.onCrash(victim);
      return cluster.crash(victim, random.next() < 0.7);
    }
    case "restart":
      for (const each of cluster.nodes) if (!each.isUp && random.next() < 0.7) cluster.restart(each);
      return;
    case "pause": {
      const victim = random.next() < 0.5 ? (cluster.leader ?? node) : node;
      if (victim.isUp) victim.pause();
      return;
    }
    case "resume":
      for (const each of cluster.nodes) if (each.isPaused && random.next() < 0.7) each.resume();
      return;
    case "partition":
      return cluster.partition(cluster.nodes.map(({ id }) => id).filter(() => random.next() < 0.5));
    case "oneWay":
      return cluster.network.cut(node.id, anyOf(cluster.nodes, random).id);
    case "drop": {
      const peer = anyOf(cluster.nodes, random);
      if (peer !== node)
        node.handle({ type: "peerUnreachable", peer: peer.id, refused: random.next() < 0.3 });
      return;
    }
    case "transfer": {
      const to = random.next() < 0.5 ? null : anyOf(cluster.nodes, random).id;
      return (cluster.leader ?? node).handle({ type: "transferLeadership", to });
    }
    case "heal":
      return cluster.network.heal();
  }
}

/** Writes and reads at random nodes, whether they lead or not. */
export function work(cluster: RaftCluster, mix: Mix, random: Random, untilMs: number): void {
  if (cluster.schedule.now >= untilMs) return;
  const node =
    random.next() < 0.7 ? (cluster.leader ?? anyOf(cluster.nodes, random)) : anyOf(cluster.nodes, random);
  if (random.next() < 0.7) cluster.propose(node, 1 + random.below(200));
  else node.read();
  cluster.schedule.after(1 + random.below(mix.paceMs), () => work(cluster, mix, random, untilMs));
}
