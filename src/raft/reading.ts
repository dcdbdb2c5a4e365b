import type { MonotonicMs, NodeId } from "../base/brands.ts";
import type { RejectReason } from "./effects.ts";
import type { ReadIndexReply, ReadIndexRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import type { Follower } from "./role.ts";
import type { Server } from "./server.ts";

/** A linearizable read: the leader confirms it by a round, a follower asks its leader, others refuse (thesis 6.4). */
export function onRead(server: Server, id: number, now: MonotonicMs): void {
  const { role, replica } = server;
  if (role.name === "leader") {
    role.read({ id, from: null }, now);
  } else if (role.name === "follower" && role.leader !== null) {
    role.reads.add(id);
    forward(server, role, now);
  } else {
    rejectReads(replica, [id], "notLeader");
  }
}

/**
 * At the leader it is a read like its own: a round that begins after it came confirms it. One that has asked its
 * successor to campaign may be replaced at any moment, and refuses.
 */
export function onReadIndexRequest(
  server: Server,
  from: NodeId,
  request: ReadIndexRequest,
  now: MonotonicMs,
): void {
  const { role, replica } = server;
  const { id, term } = request;
  if (role.name === "leader" && term === replica.currentTerm && !role.mayBeSucceeded) {
    role.read({ id, from }, now);
    return;
  }
  replica.send(
    from,
    { type: "readIndexReply", term: replica.currentTerm, id, index: null },
    replica.afterTerm,
  );
}

/** Only the leader of our own term can vouch for an index; the caller has dealt with terms above ours. */
export function onReadIndexReply(
  server: Server,
  from: NodeId,
  { term, id, index }: ReadIndexReply,
  now: MonotonicMs,
): void {
  const { role, replica } = server;
  if (role.name !== "follower" || role.leader !== from || term !== replica.currentTerm) return;
  const reads = role.reads.take(id);
  if (index === null) rejectReads(replica, reads, "notLeader");
  else for (const read of reads) replica.emit({ type: "releaseRead", id: read, index });
  forward(server, role, now);
}

/** A request, or its answer, was lost. */
export function onReadsOverdue(server: Server, follower: Follower, now: MonotonicMs): void {
  const overdue = follower.reads.takeOverdue(now);
  if (overdue.length === 0) return;
  rejectReads(server.replica, overdue, "notLeader");
  forward(server, follower, now);
}

export function rejectReads(replica: Replica, reads: readonly number[], reason: RejectReason): void {
  for (const id of reads) replica.emit({ type: "rejectRead", id, reason });
}

function forward(server: Server, { leader, reads }: Follower, now: MonotonicMs): void {
  if (leader === null || !reads.wantRequest) return;
  const { replica } = server;
  const id = server.nextReadRequest();
  reads.begin(id, now, replica.config.electionTimeoutMs);
  const term = replica.currentTerm;
  replica.send(leader, { type: "readIndexRequest", term, id }, replica.afterTerm);
}
