import { MonotonicMs, type NodeId } from "../base/brands.ts";
import { askForVotes } from "./campaign.ts";
import type { TimeoutNow } from "./messages.ts";
import { votersOf } from "./quorum.ts";
import { onReadsOverdue } from "./reading.ts";
import type { Server } from "./server.ts";

/** What falls due by time alone: heartbeats, the election timeout, the end of a campaign. */
export function onTick(server: Server, now: MonotonicMs): void {
  const { role, replica, timer } = server;
  if (role.name === "follower") onReadsOverdue(server, role, now);
  if (role.name === "leader") {
    role.onTick(now);
  } else if (now < timer.deadline) {
    if (role.name !== "follower" && now >= role.askAgainAt) askForVotes(replica, role, now);
  } else if (role.name === "follower") {
    const why = role.leader === null ? "no leader is known" : `nothing was heard from ${role.leader}`;
    server.becomePreCandidate(why, now);
  } else {
    server.becomeFollower(replica.currentTerm, null, "the campaign found no quorum", now);
  }
}

/**
 * The leader's process is gone, not merely silent: its lease is gone with it, and this node need not wait out
 * an election timeout. The others agree to an election only if they too have lost it.
 */
export function onLeaderGone(server: Server, leader: NodeId, now: MonotonicMs): void {
  const { id, membership } = server.replica;
  const rivals = votersOf(membership).filter((voter) => voter !== leader);
  server.becomeFollower(server.replica.currentTerm, null, "the leader's process is gone", now);
  server.timer.onLeaderGone(now, Math.max(0, rivals.indexOf(id)), Math.max(1, rivals.length));
}

/**
 * TimeoutNow: the leader of our term asks us to succeed it. It means nothing from anybody else, for another term, or once we
 * have heard that it gave us up.
 */
export function onTimeoutNow(server: Server, from: NodeId, request: TimeoutNow, now: MonotonicMs): void {
  const { role, replica } = server;
  if (role.name !== "follower" || role.leader !== from || request.term !== replica.currentTerm) return;
  if (role.heardRound < request.untilRound) server.becomeSuccessor(request.untilRound, now);
}

/** When `onTick` will next do something; null when it never will. */
export function nextDeadline(server: Server, now: MonotonicMs): MonotonicMs | null {
  const { role, replica, timer } = server;
  if (role.name === "leader") return MonotonicMs(Math.min(role.nextTickAt, role.deposedAt(now)));
  if (role.name !== "follower") return MonotonicMs(Math.min(role.askAgainAt, timer.deadline));
  const readsEnd = role.reads.endsAt;
  if (!replica.mayCampaign) return readsEnd;
  return MonotonicMs(Math.min(timer.deadline, readsEnd ?? Number.POSITIVE_INFINITY));
}
