import { assert } from "../base/assert.ts";
import { LogIndex, type MonotonicMs, type NodeId, Term } from "../base/brands.ts";
import type { AppendRequest, AppendResult } from "./messages.ts";
import type { Replica } from "./replica.ts";
import type { Follower } from "./role.ts";
import type { Server } from "./server.ts";
import type { Entry } from "./types.ts";

/** AppendEntries at the receiver (Raft figure 2, 5.3). */
export function onAppendRequest(
  server: Server,
  from: NodeId,
  request: AppendRequest,
  now: MonotonicMs,
): void {
  const { replica } = server;
  if (request.term < replica.currentTerm) {
    refuseOldTerm(replica, from, request);
    return;
  }
  // Whatever becomes of the entries: the leader of this term has spoken, so there is no reason to campaign.
  follow(server, from, request, now);
  replica.learnMatchedByAll(request.matchedByAll);
  replica.learnCommitted(request.leaderCommit);

  if (!agreesAt(replica, request.prevLogIndex, request.prevLogTerm)) {
    acknowledge(replica, from, request.round, conflict(replica, request), replica.afterTerm);
    return;
  }
  const first = request.entries[0];
  assert(first === undefined || first.index === request.prevLogIndex + 1, `${from} sent entries with a gap`);
  const matched = LogIndex(request.prevLogIndex + request.entries.length);
  const missing = firstMissing(replica, request.entries);
  replica.write(missing === 0 ? request.entries : request.entries.slice(missing));
  // Through `matched` our log is the leader's; what may lie behind it is not verified (Raft figure 2, step 5).
  replica.commitTo(LogIndex(Math.min(request.leaderCommit, matched)));
  confirm(replica, from, request, matched, missing < request.entries.length);
}

/** The leader of a term that is not below ours has spoken. */
export function follow(
  server: Server,
  leader: NodeId,
  { term, round }: Pick<AppendRequest, "term" | "round">,
  now: MonotonicMs,
): Follower {
  const { role, replica } = server;
  if (role.name === "follower" && role.leader === leader && replica.currentTerm === term) {
    role.heardAt = now;
    role.heardRound = Math.max(role.heardRound, round);
    server.timer.reset(now);
    return role;
  }
  assert(role.name !== "leader" || term > replica.currentTerm, `${leader} leads term ${term}, and so do we`);
  const follower = server.becomeFollower(term, leader, `${leader} leads term ${term}`, now);
  follower.heardRound = round;
  return follower;
}

/**
 * The consistency check (Raft 5.3). At or below our commitIndex it need not look: a leader holds every
 * committed entry (5.4.3), also where ours is already compacted away.
 */
function agreesAt({ log, commitIndex }: Replica, index: LogIndex, term: Term): boolean {
  if (index > commitIndex) return log.termAt(index) === term;
  const ours = log.termAt(index);
  assert(ours === undefined || ours === term, `committed entry ${index}: term ${ours} here, ${term} there`);
  return true;
}

/** Position in `entries` of the first one that our log lacks or holds differently (Raft figure 2, step 3). */
function firstMissing({ log, commitIndex }: Replica, entries: readonly Entry[]): number {
  const position = entries.findIndex(
    (entry) => entry.index > commitIndex && log.termAt(entry.index) !== entry.term,
  );
  return position === -1 ? entries.length : position;
}

/**
 * An acknowledgement never claims more than is on disk. Where nothing had to be written it leaves at once, with
 * what is durable: a disk that is slow with earlier entries must not silence the answers that keep the leader
 * in office. What was written is acknowledged when it is durable.
 */
function confirm(
  replica: Replica,
  to: NodeId,
  request: AppendRequest,
  matched: LogIndex,
  wrote: boolean,
): void {
  if (wrote || replica.afterTerm === "persisted") {
    acknowledge(replica, to, request.round, { ok: true, matchIndex: matched }, "persisted");
  } else {
    const matchIndex = LogIndex(Math.min(matched, replica.durability.index));
    acknowledge(replica, to, request.round, { ok: true, matchIndex }, "now");
  }
}

/** The last entry that could equal one of the leader's, given the term it has at `prevLogIndex`. */
function conflict({ log }: Replica, request: AppendRequest): AppendResult {
  const through = LogIndex(Math.min(request.prevLogIndex, log.lastIndex));
  const hintIndex = log.lastIndexAtMost(request.prevLogTerm, through);
  const conflictTerm = log.termAt(hintIndex);
  assert(conflictTerm !== undefined, `no term is known for entry ${hintIndex}`);
  return { ok: false, rejectedIndex: request.prevLogIndex, hintIndex, conflictTerm };
}

/** "Reply false if term < currentTerm" (Raft figure 2, step 1): the sender learns that it was replaced. */
function refuseOldTerm(replica: Replica, to: NodeId, request: AppendRequest): void {
  const result: AppendResult = {
    ok: false,
    rejectedIndex: request.prevLogIndex,
    hintIndex: LogIndex(0),
    conflictTerm: Term(0),
  };
  acknowledge(replica, to, 0, result, replica.afterTerm);
}

function acknowledge(
  replica: Replica,
  to: NodeId,
  round: number,
  result: AppendResult,
  after: "now" | "persisted",
): void {
  replica.send(to, { type: "appendReply", term: replica.currentTerm, round, result }, after);
}
