import { LogIndex, type NodeId } from "../base/brands.ts";
import type { MembershipRejectReason } from "./effects.ts";
import type { Followers } from "./followers.ts";
import { isJoint, leaveJoint, planChange, waitingForPromotion } from "./membershipPlan.ts";
import { isQuorum } from "./quorum.ts";
import type { Replica } from "./replica.ts";
import type { Membership, MembershipChange } from "./types.ts";

export interface Refusal {
  readonly reason: MembershipRejectReason;
  readonly why: string;
}

/** What the leader knows when it is asked for a change. */
export interface Situation {
  readonly replica: Replica;
  readonly followers: Followers;
  /** The term's own no-op is committed. */
  readonly isOpen: boolean;
  readonly isTransferring: boolean;
  /** Who has answered it, or a later one, was there within the last election timeout. */
  readonly recentRound: number;
}

/** The configuration that the change leads to, or why it is not made now (Raft 6; thesis 4.1 to 4.3). */
export function judge(
  situation: Situation,
  change: MembershipChange,
  force: boolean,
): { readonly membership: Membership } | Refusal {
  const early = tooEarly(situation);
  if (early !== null) return early;
  const { replica } = situation;
  if (change.add.some(({ id }) => id === replica.id)) {
    return { reason: "invalid", why: `${replica.id} leads, so its data is not lost` };
  }
  const plan = planChange(replica.membership, change, LogIndex(replica.log.lastIndex + 1));
  if ("why" in plan) return { reason: "invalid", why: plan.why };
  for (const id of change.promote) {
    const behind = whatItLacks(situation, id);
    if (behind !== null) return { reason: "learnerBehind", why: behind };
  }
  return (force ? null : unanswered(situation, plan.membership)) ?? plan;
}

/**
 * What is the leader's to do by itself once a configuration is committed, whoever proposed it: to leave a joint one
 * (Raft 6), and to promote learners that have caught up and wait for it. Null when nothing is, or nothing is possible.
 */
export function dueChange(situation: Situation): Membership | null {
  const { membership } = situation.replica;
  if (situation.replica.isChangingMembership || !situation.isOpen || situation.isTransferring) return null;
  if (isJoint(membership)) return leaveJoint(membership);
  for (const id of waitingForPromotion(membership)) {
    const verdict = judge(situation, { add: [], promote: [id], remove: [] }, false);
    if ("membership" in verdict) return verdict.membership;
  }
  return null;
}

/** One change at a time, and none before the term's own no-op: two leaders could both change the same one. */
function tooEarly({ replica, isOpen, isTransferring }: Situation): Refusal | null {
  if (isTransferring) return { reason: "transferring", why: `${replica.id} is handing leadership over` };
  if (!isOpen) {
    const why = `term ${replica.currentTerm} is not open: its first entry has not committed yet`;
    return { reason: "termNotOpen", why };
  }
  const { index, membership } = replica.configurations.inForce;
  if (replica.isChangingMembership) {
    return { reason: "changeUnderWay", why: `the change at entry ${index} has not committed yet` };
  }
  if (isJoint(membership)) {
    return {
      reason: "changeUnderWay",
      why: `the joint configuration of entry ${index} has not been left yet`,
    };
  }
  return null;
}

/** A voter that lacks much would hold up every commit that needs it (thesis 4.2.1). */
function whatItLacks({ replica, followers, recentRound }: Situation, id: NodeId): string | null {
  // Nobody may vote of whom only some have met the data directory: it could be lost, and another pass for it.
  if (replica.membership.details?.[id]?.incarnation === "") {
    return `${id} has not come yet to say which data directory it has: start it with --join`;
  }
  const progress = followers.of(id);
  if (progress === undefined || !followers.answers(id, recentRound)) {
    return `${id} has not answered within ${replica.config.electionTimeoutMs} ms`;
  }
  if (progress.state === "snapshot") return `${id} is still fetching a snapshot`;
  const lag = replica.log.lastIndex - progress.matchIndex;
  const { maxPromotionLag } = replica.config;
  const isNear = progress.state === "replicate" && lag <= maxPromotionLag;
  return isNear ? null : `${id} lacks ${lag} entries, of which ${maxPromotionLag} may be missing`;
}

function unanswered({ replica, followers, recentRound }: Situation, planned: Membership): Refusal | null {
  const answers = (id: NodeId) => id === replica.id || followers.answers(id, recentRound);
  if (isQuorum(planned, answers)) return null;
  const tell = (set: readonly NodeId[]) =>
    `of the voters ${set.join(", ")} only ${set.filter(answers).join(", ") || "none"} answered`;
  const sets = isJoint(planned)
    ? `${tell(planned.voters)}, and ${tell(planned.outgoing)}`
    : tell(planned.voters);
  const why = `${sets} within ${replica.config.electionTimeoutMs} ms: nothing could be committed any more`;
  return { reason: "quorumWouldBeLost", why };
}
