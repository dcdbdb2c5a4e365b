import { ConclaveError } from "../base/errors.ts";
import type { MemberStatus__Output } from "../generated/conclave/v1/MemberStatus.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";
import { Budget } from "./budget.ts";
import type { Leader } from "./leader.ts";
import { askStatus } from "./leaderSearch.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { onLeader } from "./onLeader.ts";
import type { Reader, ReadOptions } from "./reader.ts";

/** What a member counts for: an outgoing voter still does, until the change that removes or demotes it is complete. */
export type MemberStanding = "leader" | "voter" | "learner" | "outgoing";

/** How the leader brings a member up to date: it looks for the last entry they share, streams, or sends a snapshot. */
export type MemberProgress = "probe" | "replicate" | "snapshot";

export interface Member {
  readonly id: string;
  readonly standing: MemberStanding;
  /** A learner that becomes a voter by itself once it has caught up. */
  readonly promotes: boolean;
  /** `host:port`; undefined while the node that was asked has not heard it. */
  readonly clientAddress: string | undefined;
  readonly peerAddress: string | undefined;
  /** From the node that was asked; true for itself. */
  readonly reachable: boolean;
  readonly version: string | undefined;
  /** The highest entry known to be durable there. Undefined, as the next two, when the leader was not asked. */
  readonly matchIndex: number | undefined;
  /** Undefined for the leader itself. */
  readonly progress: MemberProgress | undefined;
  /** What it has fetched of the leader's snapshot, while it does. */
  readonly snapshot: { readonly bytes: number; readonly totalBytes: number } | undefined;
}

/** Who belongs to the cluster, as the node that was asked has it in force. */
export interface Members {
  readonly leaderId: string | undefined;
  readonly term: number;
  /** Index of the entry that brought this membership; 0 for the founding one. */
  readonly configurationIndex: number;
  readonly committed: boolean;
  /** On the way from one membership to another: both decide. */
  readonly joint: boolean;
  /** The last entry in the log of the node that was asked: what members catch up with. */
  readonly lastIndex: number;
  /** In order of their ids. */
  readonly members: readonly Member[];
}

/** Of the leader, confirmed by a majority, unless the options ask for a stale answer, or another node's. */
export async function readMembers(leader: Leader, reader: Reader, options: ReadOptions): Promise<Members> {
  const budget = new Budget(options);
  if (options.consistency !== "stale" && options.node === undefined) {
    return await onLeader(leader, budget, leadersMembers);
  }
  const linearizable = options.consistency !== "stale";
  return await reader.read(options, budget, async (node, limits) =>
    membersView(await askStatus(node, limits, linearizable)),
  );
}

/** What `node` says as the leader; NOT_LEADER when it is none. */
export async function leadersMembers(node: Node, limits: UnaryOptions): Promise<Members> {
  const status = await askStatus(node, limits, true);
  if (status.role === "ROLE_LEADER") return membersView(status);
  const { leaderId, leaderAddress } = status;
  if (leaderId === "") throw new ConclaveError("NO_LEADER", `${node.address} knows no leader`);
  throw new ConclaveError("NOT_LEADER", `${node.address} does not lead, ${leaderId} does`, {
    leaderId,
    leaderAddress,
  });
}

function membersView(status: NodeStatus__Output): Members {
  const { leaderId, term, configurationIndex, configurationCommitted, joint, lastIndex } = status;
  const leads = status.role === "ROLE_LEADER";
  const members = status.members.map((member) => memberView(member, leads, leaderId));
  return {
    leaderId: leaderId === "" ? undefined : leaderId,
    term,
    configurationIndex,
    committed: configurationCommitted,
    joint,
    lastIndex,
    members: members.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function memberView(member: MemberStatus__Output, leads: boolean, leaderId: string): Member {
  const { nodeId, promotes, reachable, matchIndex, snapshotBytes, snapshotTotalBytes } = member;
  return {
    id: nodeId,
    standing: nodeId === leaderId ? "leader" : standingOf(member),
    promotes,
    clientAddress: orNothing(member.clientAddress),
    peerAddress: orNothing(member.peerAddress),
    reachable,
    version: orNothing(member.version),
    matchIndex: leads ? matchIndex : undefined,
    progress: progressOf(member.progress),
    snapshot: snapshotTotalBytes > 0 ? { bytes: snapshotBytes, totalBytes: snapshotTotalBytes } : undefined,
  };
}

function standingOf({ voter, outgoing }: MemberStatus__Output): MemberStanding {
  if (outgoing) return "outgoing";
  return voter ? "voter" : "learner";
}

/** A newer release may have others, which mean nothing here. */
function progressOf(progress: string): MemberProgress | undefined {
  return progress === "probe" || progress === "replicate" || progress === "snapshot" ? progress : undefined;
}

function orNothing(text: string): string | undefined {
  return text === "" ? undefined : text;
}
