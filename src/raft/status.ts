import type { MonotonicMs } from "../base/brands.ts";
import type { RaftStatus } from "./config.ts";
import type { Server } from "./server.ts";

/** The view for status pages and metrics. */
export function statusOf(server: Server, now: MonotonicMs): RaftStatus {
  const { role, replica, timer } = server;
  const leader = role.name === "leader" ? role : null;
  return {
    id: replica.id,
    role: role.name,
    term: replica.currentTerm,
    votedFor: replica.votedFor,
    leader: server.leader,
    commitIndex: replica.commitIndex,
    appliedIndex: replica.appliedIndex,
    lastIndex: replica.log.lastIndex,
    durableIndex: replica.durability.index,
    compactedIndex: replica.log.compacted.index,
    matchedByAll: replica.matchedByAll,
    configuration: replica.configurations.inForce,
    committedConfiguration: replica.configurations.committed(replica.commitIndex),
    snapshotIndex: replica.snapshot.index,
    neededAbove: leader?.neededAbove(now) ?? null,
    uncommittedBytes: leader?.uncommittedBytes ?? 0,
    leaseUntil: leader?.leaseUntil(now) ?? null,
    electionBackoffMs: timer.backoffMs,
    elections: { ...server.elections },
    peers: leader?.peers() ?? [],
  };
}
