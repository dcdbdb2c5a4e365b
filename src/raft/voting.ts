import { assertNever } from "../base/assert.ts";
import type { MonotonicMs, NodeId } from "../base/brands.ts";
import { hasWon, isSplit } from "./campaign.ts";
import type { VoteReply, VoteRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import type { Server } from "./server.ts";

/** RequestVote and its dry run, at the receiver (Raft figure 2; thesis 4.2.3 and 9.6). */
export function onVoteRequest(server: Server, from: NodeId, request: VoteRequest, now: MonotonicMs): void {
  const { replica } = server;
  const isDryRun = request.type === "preVoteRequest";
  // A refusal names our own term: one who is behind must learn it, or it would ask in vain for ever.
  const isStale = isDryRun ? request.term <= replica.currentTerm : request.term < replica.currentTerm;
  if (isStale || (hasLiveLeader(server, now) && !isHandedOver(server, request))) {
    reply(replica, from, request, false);
    return;
  }
  if (isDryRun) {
    reply(replica, from, request, isUpToDate(replica, request));
    return;
  }
  if (request.term > replica.currentTerm) {
    server.becomeFollower(request.term, null, `${from} asks for votes in a later term`, now);
  }
  const isFree = replica.votedFor === null || replica.votedFor === from;
  const granted = isFree && isUpToDate(replica, request);
  if (granted) {
    replica.voteFor(from);
    server.timer.onVoted(now);
  }
  reply(replica, from, request, granted);
}

/** The answer to one of our own requests; the caller has dealt with terms above ours. */
export function onVoteReply(server: Server, from: NodeId, answer: VoteReply, now: MonotonicMs): void {
  const { role, replica } = server;
  if (role.name === "follower") onLateVote(server, answer, now);
  if (role.name === "follower" || role.name === "leader") return;
  const expected = role.name === "preCandidate" ? "preVoteReply" : "voteReply";
  const term = role.name === "preCandidate" ? replica.currentTerm + 1 : replica.currentTerm;
  if (answer.type !== expected || answer.term !== term) return;
  if (answer.granted) {
    role.granted.add(from);
    proceedIfWon(server, now);
  } else if (role.name === "candidate") {
    // In our term, so it has a vote or a leader in it, or a longer log: that is its last word.
    role.refused.add(from);
    if (isSplit(replica, role, server.unreachable)) server.onSplitVote(now);
  }
}

/** The voter's disk or its network was slow, and is so no more: the next campaign need not wait out what failed before. */
function onLateVote(server: Server, { type, term, granted }: VoteReply, now: MonotonicMs): void {
  if (type !== "voteReply" || !granted || term !== server.replica.currentTerm) return;
  if (server.leader === null) server.timer.onPeerBack(now);
}

/** A candidate counts its own vote like that of any voter: when it is on disk. Then others' promises may count as well. */
export function onSaved(server: Server, now: MonotonicMs): void {
  const { role, replica } = server;
  server.onSaved(now);
  if (role.name === "candidate" && replica.durability.hasVote(replica.currentTerm, replica.id)) {
    role.granted.add(replica.id);
  }
  proceedIfWon(server, now);
}

function proceedIfWon(server: Server, now: MonotonicMs): void {
  const { role, replica } = server;
  if (role.name === "follower" || role.name === "leader" || !hasWon(replica, role)) return;
  if (role.name === "candidate") server.becomeLeader(now);
  else if (replica.isSaved) server.becomeCandidate(now);
}

/**
 * Leader stickiness: "if a server receives a RequestVote within the minimum election timeout of hearing from a
 * current leader, it does not update its term or grant its vote" (Raft 6, last paragraph). A leader that is
 * here at all has heard from a quorum as recently: the step began by making sure. Whoever has just restarted does not know
 * whom it heard, and takes it that it did.
 */
function hasLiveLeader(server: Server, now: MonotonicMs): boolean {
  const { role, replica } = server;
  switch (role.name) {
    case "leader":
      return true;
    case "follower":
      if (role.leader === null) return server.mayOwe(now);
      return now - role.heardAt < replica.config.electionTimeoutMs;
    case "preCandidate":
    case "candidate":
      return false;
    default:
      return assertNever(role);
  }
}

/**
 * Stickiness towards answers: one from a later term that is nobody's yet (a candidate refuses an old question of ours) is no
 * reason to leave a leader that we hear. Else we would vote in that term next, whatever we have acknowledged to it. Its own
 * word counts: it has stepped down.
 */
export function staysWithLeader(server: Server, from: NodeId, now: MonotonicMs): boolean {
  const { role } = server;
  return role.name === "follower" && role.leader !== from && hasLiveLeader(server, now);
}

/**
 * The leader asked for this election, and we have heard nothing of it since it gave the successor up. Rounds compare within
 * one leader's term: whom a later leader asked may come in any case, for ours is over then; whom an earlier one asked may not.
 */
function isHandedOver({ role, replica }: Server, { term, handedOverUntil }: VoteRequest): boolean {
  if (handedOverUntil === null || term <= replica.currentTerm) return false;
  if (term > replica.currentTerm + 1) return true;
  if (role.name === "leader") return !role.hasBegun(handedOverUntil);
  return role.name === "follower" && role.leader !== null && role.heardRound < handedOverUntil;
}

/** "Later term wins; with equal terms, the longer log" (Raft 5.4.1). */
function isUpToDate({ log }: Replica, { lastLogTerm, lastLogIndex }: VoteRequest): boolean {
  if (lastLogTerm !== log.lastTerm) return lastLogTerm > log.lastTerm;
  return lastLogIndex >= log.lastIndex;
}

function reply(replica: Replica, to: NodeId, request: VoteRequest, granted: boolean): void {
  if (request.type === "preVoteRequest") {
    const term = granted ? request.term : replica.currentTerm;
    replica.send(to, { type: "preVoteReply", term, granted }, granted ? "now" : replica.afterTerm);
  } else {
    const after = granted ? "persisted" : replica.afterTerm;
    replica.send(to, { type: "voteReply", term: replica.currentTerm, granted }, after);
  }
}
