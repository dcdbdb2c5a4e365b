import { wireRole, wireStanding } from "../codec/api/enums.ts";
import type { MemberStatus } from "../generated/conclave/v1/MemberStatus.ts";
import type { NodeStatus } from "../generated/conclave/v1/NodeStatus.ts";
import type { MemberView, NodeService, NodeView } from "../node/service.ts";

/** The answer of `Cluster.Status` and of `/status`: what this node knows, without asking anybody. */
export function nodeStatus(node: NodeService): NodeStatus {
  const view = node.status();
  const { raft } = view;
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
    members: view.members.map((member) => memberStatus(member, raft)),
    version: node.version,
    uptimeMs: whole(view.uptimeMs),
    httpAddress: view.httpAddress,
    logTimeMs: whole(view.logTime),
    clockOffsetMs: Math.round(view.clockOffsetMs),
    configurationIndex: raft.configuration.index,
    configurationCommitted: raft.committedConfiguration.index >= raft.configuration.index,
    joint: raft.configuration.membership.outgoing.length > 0,
    standing: wireStanding[view.standing],
    compactedIndex: raft.compactedIndex,
    snapshotIndex: raft.snapshotIndex,
    format: view.format,
    maxFormat: view.maxFormat,
  };
}

function memberStatus(member: MemberView, raft: NodeView["raft"]): MemberStatus {
  const peer = raft.role === "leader" ? raft.peers.find(({ id }) => id === member.id) : undefined;
  const isLeader = raft.role === "leader" && raft.id === member.id;
  return {
    nodeId: member.id,
    clientAddress: member.clientAddress,
    reachable: member.reachable,
    voter: member.voter,
    matchIndex: isLeader ? raft.durableIndex : (peer?.matchIndex ?? 0),
    peerAddress: member.peerAddress,
    progress: peer?.progress ?? "",
    snapshotBytes: member.snapshot?.bytes ?? 0,
    snapshotTotalBytes: member.snapshot?.totalBytes ?? 0,
    promotes: member.promotes,
    outgoing: member.outgoing,
    version: member.version,
  };
}

/** The monotonic clock has fractions, the integer fields of the contract have none, nor a sign. */
function whole(ms: number): number {
  return Math.max(0, Math.round(ms));
}
