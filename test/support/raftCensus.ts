import type { Configuration, Effect } from "../../src/raft/index.ts";
import { isMember, isVoter, membersOf } from "../../src/raft/quorum.ts";
import type { RaftCluster } from "./raftCluster.ts";
import type { SimNode } from "./raftSimNode.ts";

const kinds = [
  "learners",
  "promotions",
  "removals",
  "jointEntered",
  "jointLeft",
  "begunAnew",
  "rolledBack",
  "ledFromOutside",
  "dismissals",
  "snapshotsInstalled",
  "followerReads",
  "refusedChanges",
  "restartsWhileJoint",
  "restartsWhileInstalling",
] as const;
export type Kind = (typeof kinds)[number];

/** Counts what has happened in runs: a run in which nothing rare happens proves little. */
export class RaftCensus {
  readonly counts: Record<Kind, number> = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<
    Kind,
    number
  >;

  watch(cluster: RaftCluster): void {
    const known = new Map<SimNode, { life: number; index: number }>();
    cluster.observe((node, effect) => {
      this.#onEffect(cluster, node, effect);
      if (effect.type !== "membershipChanged") return;
      const { index } = effect.configuration;
      const before = known.get(node);
      if (before?.life === node.life && index < before.index) this.counts.rolledBack += 1;
      known.set(node, { life: node.life, index });
    });
  }

  /** To be called just before a process is ended. */
  onCrash(node: SimNode): void {
    if ((node.status?.configuration.membership.outgoing.length ?? 0) > 0) this.counts.restartsWhileJoint += 1;
    if (node.disk.isInstalling) this.counts.restartsWhileInstalling += 1;
  }

  #onEffect({ invariants }: RaftCluster, node: SimNode, effect: Effect): void {
    const { counts } = this;
    const role = node.status?.role;
    if (effect.type === "installSnapshot") counts.snapshotsInstalled += 1;
    if (effect.type === "releaseRead" && role === "follower") counts.followerReads += 1;
    if (effect.type === "rejectMembershipChange" && effect.reason !== "notLeader") counts.refusedChanges += 1;
    if (effect.type === "roleChanged" && effect.why.includes("has no vote for this node"))
      counts.dismissals += 1;
    if (effect.type !== "membershipChanged" || role !== "leader") return;
    const { index, membership } = effect.configuration;
    if (!isVoter(membership, node.id)) counts.ledFromOutside += 1;
    if (effect.committed)
      this.#onCommitted(invariants.history.configurationAt(index - 1), effect.configuration);
    else if (membership.outgoing.length > 0) counts.jointEntered += 1;
  }

  #onCommitted({ membership: before }: Configuration, { index, membership }: Configuration): void {
    const { counts } = this;
    const { voters, learners, details } = membership;
    if (before.outgoing.length > 0) counts.jointLeft += 1;
    counts.learners += learners.filter((id) => !isMember(before, id)).length;
    counts.promotions += voters.filter((id) => before.learners.includes(id)).length;
    counts.removals += membersOf(before).filter((id) => !isMember(membership, id)).length;
    counts.begunAnew += learners.filter(
      (id) => isMember(before, id) && details?.[id]?.since === index,
    ).length;
  }
}
