import { ConclaveError } from "../../base/errors.ts";
import type { NodeService } from "../../node/service.ts";

/**
 * Throws unless this node belongs to the cluster: before it was taken in it knows nothing, and once removed it hears of
 * nothing. Even a read that is content with old state would be answered as if nothing were there.
 */
export function refuseUnlessMember(node: NodeService): void {
  const { standing } = node.status();
  if (standing === "member") return;
  if (standing === "removed") {
    throw new ConclaveError(
      "MEMBER_REMOVED",
      `node ${node.nodeId} was removed from the cluster; connect to another node`,
    );
  }
  if (standing === "founding") {
    throw new ConclaveError(
      "UNAVAILABLE",
      `node ${node.nodeId} waits for the other founding members: the cluster is not founded yet; start them all`,
    );
  }
  throw new ConclaveError(
    "UNAVAILABLE",
    `node ${node.nodeId} has not been taken into the cluster yet; ask another node, or wait until it has`,
  );
}

/** Resolves once this node's state may answer: at once for a read that is content with old state. */
export async function readable(node: NodeService, stale: boolean): Promise<void> {
  refuseUnlessMember(node);
  if (!stale) await node.readBarrier();
}
