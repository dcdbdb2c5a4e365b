import { wireRole } from "../codec/api/enums.ts";
import type { NodeStatus } from "../generated/conclave/v1/NodeStatus.ts";
import type { NodeService } from "../node/service.ts";

/** The answer of `Cluster.Status` and of `/status`: what this node knows, without asking anybody. */
export function nodeStatus(node: NodeService): NodeStatus {
  const view = node.status();
  const { raft } = view;
  const matchIndexes = new Map(raft.peers.map((peer) => [peer.id, peer.matchIndex]));
  if (raft.role === "leader") matchIndexes.set(raft.id, raft.durableIndex);
  return {
    clusterId: node.clusterId,
    nodeId: node.nodeId,
    role: wireRole[raft.role],
    term: raft.term,
    leaderId: raft.leader ?? "",
    leaderAddress: view.leaderAddress,
    commitIndex: raft.commitIndex,
    // Read together with the hash: the core's own appliedIndex may be a turn behind the machine's.
    appliedIndex: node.state.appliedIndex,
    lastIndex: raft.lastIndex,
    durableIndex: raft.durableIndex,
    leaseLeftMs: whole(view.leaseLeftMs),
    leaseMs: whole(view.leaseMs),
    electionBackoffMs: whole(raft.electionBackoffMs),
    electionsStarted: raft.elections.started,
    electionsWon: raft.elections.won,
    electionsLost: raft.elections.lost,
    stateHash: node.state.stateHash,
    members: view.members.map((member) => ({
      nodeId: member.id,
      clientAddress: member.clientAddress,
      reachable: member.reachable,
      voter: member.voter,
      matchIndex: matchIndexes.get(member.id) ?? 0,
    })),
    version: node.version,
    uptimeMs: whole(view.uptimeMs),
    httpAddress: view.httpAddress,
    logTimeMs: whole(view.logTime),
    clockOffsetMs: Math.round(view.clockOffsetMs),
  };
}

/** The monotonic clock has fractions, the integer fields of the contract have none, nor a sign. */
function whole(ms: number): number {
  return Math.max(0, Math.round(ms));
}
