import type { ConclaveError } from "../base/errors.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";
import { aborted, type CallOptions } from "./budget.ts";
import type { Directory } from "./directory.ts";
import { askAnyone } from "./leaderSearch.ts";
import { type Consistency, type Role, roleFromWire, type Standing, standingFromWire } from "./names.ts";
import type { Node, Nodes, UnaryOptions } from "./nodes.ts";
import { asConclaveError } from "./wireErrors.ts";

/** What one node knows of itself and its peers. Durations and times in ms, log time since the epoch. */
export interface NodeStatus
  extends Omit<NodeStatus__Output, "role" | "standing" | "leaderId" | "leaderAddress" | "sizes"> {
  /** The largest payload, result, checkpoint and request that it takes; null from a node that does not say. */
  readonly sizes?: NodeStatus__Output["sizes"];
  readonly role: Role;
  readonly standing: Standing;
  /** Undefined when it knows no leader. */
  readonly leaderId: string | undefined;
  readonly leaderAddress: string | undefined;
}

export interface StatusOptions extends CallOptions {
  /** Default `stale`. */
  readonly consistency?: Consistency | undefined;
}

/** One row: a node that answered, or why it did not. */
export interface MemberStatus {
  /** Where it was asked. */
  readonly address: string;
  /** Undefined for an endpoint that never answered. */
  readonly nodeId: string | undefined;
  readonly status: NodeStatus | undefined;
  readonly error: ConclaveError | undefined;
}

/** Asks every node that anybody knows, at once; in order of node id, those that never answered last. */
export async function clusterStatus(
  directory: Directory,
  nodes: Nodes,
  limits: UnaryOptions,
  linearizable: boolean,
): Promise<readonly MemberStatus[]> {
  const asked = new Map<string, MemberStatus>();
  // The first answers may name members that no endpoint stands for: they are asked in a second round.
  for (let round = 0; round < 2; round++) {
    const fresh = directory.addresses().filter((address) => !asked.has(address));
    const rows = await Promise.all(
      fresh.map((address) => askNode(directory, nodes.at(address), limits, linearizable)),
    );
    for (const row of rows) asked.set(row.address, row);
  }
  if (limits.signal?.aborted === true) throw aborted(limits.signal);
  return oneRowEach([...asked.values()], directory);
}

async function askNode(
  directory: Directory,
  node: Node,
  limits: UnaryOptions,
  linearizable: boolean,
): Promise<MemberStatus> {
  const { address } = node;
  try {
    const answer = await askAnyone(node, limits, linearizable);
    directory.learn(address, answer);
    return { address, nodeId: answer.nodeId, status: statusView(answer), error: undefined };
  } catch (error) {
    if (limits.signal?.aborted !== true) directory.failed(address);
    return { address, nodeId: undefined, status: undefined, error: asConclaveError(error) };
  }
}

/**
 * A node may have been asked under two addresses, its endpoint and the advertised one. One that answered is
 * told by its id; endpoints that did not are taken for the members that nobody answered for.
 */
function oneRowEach(reports: readonly MemberStatus[], directory: Directory): readonly MemberStatus[] {
  const rows = new Map<string, MemberStatus>();
  for (const report of reports) {
    if (report.nodeId !== undefined && !rows.has(report.nodeId)) rows.set(report.nodeId, report);
  }
  const silent = reports.filter(({ nodeId }) => nodeId === undefined);
  const unknown: MemberStatus[] = [];
  let absent = 0;
  for (const report of silent) {
    const nodeId = directory.nodeIdAt(report.address);
    if (nodeId === undefined) unknown.push(report);
    else if (!rows.has(nodeId)) {
      rows.set(nodeId, { ...report, nodeId });
      absent++;
    }
  }
  const sorted = [...rows.values()].sort((a, b) => (a.nodeId ?? "").localeCompare(b.nodeId ?? ""));
  return unknown.length > absent ? [...sorted, ...unknown.slice(absent)] : sorted;
}

function statusView(answer: NodeStatus__Output): NodeStatus {
  const { leaderId, leaderAddress } = answer;
  return {
    ...answer,
    role: roleFromWire(answer.role),
    standing: standingFromWire(answer.standing),
    leaderId: leaderId === "" ? undefined : leaderId,
    leaderAddress: leaderAddress === "" ? undefined : leaderAddress,
  };
}
