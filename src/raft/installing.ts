import { LogIndex, type MonotonicMs, type NodeId } from "../base/brands.ts";
import { follow } from "./following.ts";
import type { InstallSnapshot } from "./messages.ts";
import type { Server } from "./server.ts";
import type { SnapshotId } from "./types.ts";

/**
 * InstallSnapshot at the receiver (Raft figure 13, 7). The data is fetched beside it (`fetchSnapshot`), so the message
 * is a heartbeat as well: it is answered at once, whether or not the snapshot is here.
 */
export function onInstallSnapshot(
  server: Server,
  from: NodeId,
  request: InstallSnapshot,
  now: MonotonicMs,
): void {
  const { replica } = server;
  if (request.term < replica.currentTerm) {
    answer(server, from, 0, LogIndex(0), replica.afterTerm);
    return;
  }
  const follower = follow(server, from, request, now);
  follower.offeredInRound = request.round;
  const { lastIncluded, acknowledged } = request;
  replica.learnCommitted(lastIncluded.index);
  // An entry like the snapshot's last is here, and so is all before it: there is nothing to install (step 6).
  if (replica.log.termAt(lastIncluded.index) === lastIncluded.term) replica.commitTo(lastIncluded.index);
  // What is here may be news to the leader, and enough for it to go on from: it decides when it knows.
  const isKnown = replica.commitIndex <= acknowledged;
  if (lastIncluded.index > replica.commitIndex && isKnown) {
    replica.emit({ type: "fetchSnapshot", from, lastIncluded });
  }
  const matchIndex = LogIndex(Math.min(replica.commitIndex, replica.durability.index));
  answer(server, from, request.round, matchIndex, replica.afterTerm);
}

/**
 * Raft figure 13, steps 5 to 8. It may have been fetched from a leader that is none any more, and go further than
 * what we were told of: then its last entries may have been committed in a *later* term than ours, and to take them
 * for committed would vouch for a leader of our term that lacks them. So it has to be covered by what a leader has told
 * us. A leader of our own has every entry that was committed before its term; it needs no snapshot.
 */
export function onSnapshotFetched(server: Server, snapshot: SnapshotId, now: MonotonicMs): void {
  const { replica, role } = server;
  const { index, term } = snapshot;
  if (role.name === "leader" || index <= replica.commitIndex || index > replica.knownCommitted) return;
  if (replica.log.termAt(index) === term) {
    // "If existing log entry has same index and term as snapshot's last included entry, retain log entries following it."
    replica.commitTo(index);
    return;
  }
  // Votes were asked for in the name of a log that is no more.
  if (role.name !== "follower") {
    server.becomeFollower(replica.currentTerm, null, "a snapshot replaces the log", now);
  }
  replica.install(snapshot);
  if (role.name !== "follower" || role.leader === null || role.offeredInRound === 0) return;
  answer(server, role.leader, role.offeredInRound, index, "persisted");
}

/** All that is committed here, and on disk, is in the leader's log as well (Raft 5.4.3). */
function answer(
  { replica }: Server,
  to: NodeId,
  round: number,
  matchIndex: LogIndex,
  after: "now" | "persisted",
): void {
  replica.send(to, { type: "snapshotReply", term: replica.currentTerm, round, matchIndex }, after);
}
