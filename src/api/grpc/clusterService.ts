import { NodeId } from "../../base/brands.ts";
import type { NodeStatus } from "../../generated/conclave/v1/NodeStatus.ts";
import type { StatusRequest__Output } from "../../generated/conclave/v1/StatusRequest.ts";
import type { TransferLeadershipReply } from "../../generated/conclave/v1/TransferLeadershipReply.ts";
import type { TransferLeadershipRequest__Output } from "../../generated/conclave/v1/TransferLeadershipRequest.ts";
import { nodeStatus } from "../nodeStatus.ts";
import type { ServiceContext } from "./context.ts";
import { unary } from "./unary.ts";

/** `conclave.v1.Cluster`: every node answers for its status, with or without a leader. */
export function clusterService(context: ServiceContext) {
  return {
    Status: unary<StatusRequest__Output, NodeStatus>(context, () => nodeStatus(context.node)),
    TransferLeadership: unary<TransferLeadershipRequest__Output, TransferLeadershipReply>(
      context,
      ({ toNodeId }) => context.node.transferLeadership(toNodeId === "" ? null : NodeId(toNodeId)),
    ),
  };
}
