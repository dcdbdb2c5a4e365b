import type { Metadata } from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { cut } from "../../codec/api/check.ts";
import type { ServiceContext } from "./context.ts";

/** In the metadata of a call: the cluster that it is meant for. Without it any cluster will do. */
const clusterHeader = "conclave-cluster-id";
const maxShown = 128;

/**
 * Throws IDENTITY_MISMATCH for a call that is meant for another cluster: a client goes on to reach an address where a node
 * was wiped and has founded a cluster of its own, which must not take what the first was to keep.
 */
export function checkAddressee(
  { node }: ServiceContext,
  { metadata }: { readonly metadata: Metadata },
): void {
  const [meant] = metadata.get(clusterHeader);
  if (meant === undefined || meant === node.clusterId) return;
  throw new ConclaveError(
    "IDENTITY_MISMATCH",
    `the call is meant for cluster ${JSON.stringify(cut(String(meant), maxShown))}, and node ${node.nodeId} belongs to ` +
      `${node.clusterId}: it was wiped and founded anew, or its address is another cluster's by now; if the cluster was ` +
      "restored or recovered, start this program anew",
  );
}
