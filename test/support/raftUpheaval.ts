import type { NodeId } from "../../src/base/brands.ts";
import type { Random } from "../../src/base/random.ts";
import { membersOf } from "../../src/raft/quorum.ts";
import type { RaftCensus } from "./raftCensus.ts";
import type { RaftCluster } from "./raftCluster.ts";
import { isNamed } from "./raftGate.ts";
import type { SimNode } from "./raftSimNode.ts";

/** Short timeouts, so that many terms fit into a run; small limits, so that windows fill up, caches spill over to disk and proposals are refused. */
export const tight = {
  electionTimeoutMs: 200,
  heartbeatIntervalMs: 40,
  electionBackoff: { initialMs: 100, multiplier: 2, maxMs: 1_000 },
  maxAppendBytes: 600,
  maxInflightAppends: 4,
  maxInflightBytes: 1_500,
  maxUncommittedBytes: 6_000,
  cacheBytes: 400,
  maxPromotionLag: 20,
};

export const upheavals = ["join", "promote", "remove", "several", "swap", "lose"] as const;
export type Upheaval = (typeof upheavals)[number];

export function isUpheaval(fault: string): fault is Upheaval {
  return upheavals.some((kind) => kind === fault);
}

/** More nodes than these never exist: those that were removed come back with empty disks. */
const mostNodes = 8;

/** Changes the membership at random, sensible or not: the leader refuses what it must. */
export function stirUp(cluster: RaftCluster, what: Upheaval, random: Random, census: RaftCensus): void {
  const { membership } = cluster.invariants.history.configuration;
  const { voters, learners } = membership;
  const leader = random.next() < 0.9 ? (cluster.leader ?? cluster.nodes[0]) : anyOf(cluster.nodes, random);
  if (leader === undefined) return;
  switch (what) {
    case "join": {
      const replaces = random.next() < 0.3 ? anyOf(voters, random) : null;
      return join(cluster, { promote: random.next() < 0.7, replaces }, random, census);
    }
    case "promote":
      if (learners.length > 0) cluster.change(leader, { promote: [anyOf(learners, random)] });
      return;
    case "remove":
      // Now and then the leader itself.
      return cluster.change(leader, {
        remove: [random.next() < 0.3 ? leader.id : anyOf(membersOf(membership), random)],
      });
    case "several": {
      const promote = learners.filter(() => random.next() < 0.8);
      const remove = voters.filter(() => random.next() < 0.4);
      return cluster.change(leader, { promote, remove });
    }
    case "swap": {
      const [learner] = learners;
      if (learner === undefined) return join(cluster, { promote: false, replaces: null }, random, census);
      return cluster.change(leader, { promote: [learner], remove: [anyOf(voters, random)] });
    }
    case "lose": {
      const victim = anyOf(cluster.nodes, random);
      if (!victim.isUp || !isMeant(cluster, victim) || !cluster.canLose(victim)) return;
      census.onCrash(victim);
      cluster.crash(victim);
      return lose(cluster, victim);
    }
  }
}

/**
 * A node that has answered a moment ago still counts for the next change. So its disk is lost only once the leader must
 * know that it is down, and only if no change that was made meanwhile relies on it: else the quorum would be lost.
 */
function lose(cluster: RaftCluster, victim: SimNode): void {
  const { life } = victim;
  cluster.schedule.after(3 * tight.electionTimeoutMs, () => {
    if (victim.life === life && isMeant(cluster, victim) && cluster.canLose(victim)) cluster.rejoin(victim);
  });
}

/** A new node, or one that was removed for good, with an empty disk. */
function join(
  cluster: RaftCluster,
  wish: { promote: boolean; replaces: NodeId | null },
  random: Random,
  census: RaftCensus,
): void {
  const live = cluster.invariants.history.liveConfigurations;
  const former = cluster.nodes.find(({ id }) =>
    live.every(({ membership }) => !membersOf(membership).includes(id)),
  );
  if (former !== undefined && random.next() < 0.7) {
    census.onCrash(former);
    cluster.rejoin(former, wish);
  } else if (cluster.nodes.length < mostNodes) {
    cluster.join(wish);
  }
}

/** A member whose data the committed configuration means: not one that is waiting to be taken in again. */
function isMeant(cluster: RaftCluster, { id, incarnation }: SimNode): boolean {
  return isNamed(cluster.invariants.history.configuration.membership, id, incarnation);
}

export function anyOf<T>(items: readonly T[], random: Random): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}
