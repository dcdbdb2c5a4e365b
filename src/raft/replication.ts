import { assert } from "../base/assert.ts";
import { LogIndex, type NodeId } from "../base/brands.ts";
import type { Progress } from "./progress.ts";
import type { Replica } from "./replica.ts";
import type { Entry } from "./types.ts";

/** Sends `to` as many entries as its window has room for. Returns whether any left. */
export function replicate(replica: Replica, round: number, to: NodeId, progress: Progress): boolean {
  const { log, config } = replica;
  if (needsSnapshot(replica, progress)) return false;
  let sent = false;
  while (progress.hasRoom && progress.nextIndex <= log.lastIndex) {
    if (progress.nextIndex < log.firstInMemory) {
      readFromDisk(replica, to, progress);
      break;
    }
    const entries = log.slice(progress.nextIndex, log.lastIndex, config.maxAppendBytes);
    sendAppend(replica, round, to, progress, entries);
    sent = true;
  }
  return sent;
}

/**
 * An append without entries, just before the next one that is due. Where the follower agrees with what was sent
 * it is a heartbeat; where an append got lost, it is refused, and the leader learns of the loss. Where the entries
 * that are due are gone, the snapshot that is offered instead does as well.
 */
export function heartbeat(replica: Replica, round: number, to: NodeId, progress: Progress): void {
  if (needsSnapshot(replica, progress)) offerSnapshot(replica, round, to, progress);
  else sendAppend(replica, round, to, progress, []);
}

/**
 * The entries that were read for `to` have come, or null when the read failed: then nothing is sent, and a
 * later acknowledgement or heartbeat asks again.
 */
export function onLogRead(
  replica: Replica,
  round: number,
  to: NodeId,
  progress: Progress,
  from: LogIndex,
  entries: readonly Entry[] | null,
): void {
  if (progress.readingFrom !== from) return;
  progress.readingFrom = null;
  if (needsSnapshot(replica, progress)) return;
  if (entries === null || progress.nextIndex !== from || !progress.hasRoom) return;
  assert(entries.length > 0, `a read from disk for ${to} brought nothing`);
  entries.forEach((entry, offset) => {
    const isOurs = entry.index === from + offset && entry.term === replica.log.termAt(entry.index);
    assert(isOurs, `read from disk for ${to}: entry ${entry.index} of term ${entry.term} is not in the log`);
  });
  sendAppend(replica, round, to, progress, entries);
}

/** Without a term for the entry before the next there is no append: the log would not be checked (Raft 5.3, 7). */
function needsSnapshot({ log }: Replica, progress: Progress): boolean {
  return progress.nextIndex <= log.compacted.index;
}

/** InstallSnapshot (Raft 7). The data is not in it: the follower comes for it, see `messages.ts`. */
function offerSnapshot(replica: Replica, round: number, to: NodeId, progress: Progress): void {
  const { snapshot, currentTerm: term } = replica;
  progress.onOffered(snapshot.index);
  const acknowledged = progress.matchIndex;
  replica.send(to, { type: "installSnapshot", term, lastIncluded: snapshot, round, acknowledged }, "now");
}

function readFromDisk(replica: Replica, peer: NodeId, progress: Progress): void {
  const from = progress.nextIndex;
  const through = LogIndex(replica.log.firstInMemory - 1);
  progress.readingFrom = from;
  replica.emit({ type: "readLog", peer, from, through, maxBytes: replica.config.maxAppendBytes });
}

function sendAppend(
  replica: Replica,
  round: number,
  to: NodeId,
  progress: Progress,
  entries: readonly Entry[],
): void {
  const prevLogIndex = LogIndex(progress.nextIndex - 1);
  const prevLogTerm = replica.log.termAt(prevLogIndex);
  assert(prevLogTerm !== undefined, `no term is known for entry ${prevLogIndex}`);
  // The leader may send before its own disk is done (thesis 10.2.1): it does not count itself until then.
  replica.send(
    to,
    {
      type: "appendRequest",
      term: replica.currentTerm,
      prevLogIndex,
      prevLogTerm,
      entries,
      leaderCommit: replica.commitIndex,
      round,
      matchedByAll: replica.matchedByAll,
      acknowledged: progress.matchIndex,
    },
    "now",
  );
  if (entries.length > 0) progress.onSent(entries);
}
