import { ClusterId, Incarnation, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Membership } from "../raft/types.ts";
import { damaged } from "./damage.ts";
import { readSealed, writeSealed } from "./sealedFile.ts";
import type { Identity, Owner } from "./types.ts";

/** Null when there is no such file. Rejects with DATA_CORRUPT when it is damaged. */
export async function readIdentity(path: string): Promise<Identity | null> {
  const fields = await readSealed(path);
  if (fields === null) return null;
  const { clusterId, nodeId, incarnation, membership, clusterName, joining, founding } = fields;
  if (typeof clusterId !== "string" || typeof nodeId !== "string" || typeof incarnation !== "string") {
    throw damaged(path, "it lacks a field");
  }
  return {
    clusterId: ClusterId(clusterId),
    nodeId: NodeId(nodeId),
    incarnation: Incarnation(incarnation),
    membership: readMembership(path, membership),
    clusterName: typeof clusterName === "string" ? clusterName : nameIn(clusterId),
    joining: readJoining(joining),
    founding: founding === true,
  };
}

export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await writeSealed(path, identity);
}

/** Throws IDENTITY_MISMATCH when the directory is another node's or another cluster's. */
export function checkIdentity(path: string, found: Identity, expected: Owner): void {
  if (found.clusterName !== expected.clusterName) {
    throw mismatch(
      path,
      `cluster ${found.clusterName} (${found.clusterId})`,
      `this node belongs to cluster ${expected.clusterName}`,
    );
  }
  if (found.nodeId !== expected.nodeId) {
    throw mismatch(path, `node ${found.nodeId}`, `this is node ${expected.nodeId}`);
  }
}

/** The name from which a release that did not write it down has made the id: what stands before the last dash. */
function nameIn(clusterId: string): string {
  const end = clusterId.lastIndexOf("-");
  return end < 0 ? clusterId : clusterId.slice(0, end);
}

function readJoining(value: unknown): Identity["joining"] {
  if (typeof value !== "object" || value === null) return null;
  return { replaces: "replaces" in value && typeof value.replaces === "string" ? value.replaces : "" };
}

function mismatch(path: string, owner: string, self: string): ConclaveError {
  return new ConclaveError(
    "IDENTITY_MISMATCH",
    `${path} says that the data directory belongs to ${owner}, but ${self}. Nothing was changed. Correct the ` +
      "configured ids or the data directory",
  );
}

function readMembership(path: string, value: unknown): Membership {
  const groups = typeof value === "object" && value !== null ? new Map(Object.entries(value)) : new Map();
  const nodes = (group: string): readonly NodeId[] => {
    const ids: unknown = groups.get(group);
    if (!Array.isArray(ids)) throw damaged(path, `its membership lacks ${group}`);
    return ids.map((id) => NodeId(String(id)));
  };
  return { voters: nodes("voters"), outgoing: nodes("outgoing"), learners: nodes("learners") };
}
