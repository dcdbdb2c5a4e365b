import type { handleServerStreamingCall } from "@grpc/grpc-js";
import { NodeId } from "../../base/brands.ts";
import type { BackupPart } from "../../generated/conclave/v1/BackupPart.ts";
import type { BackupRequest__Output } from "../../generated/conclave/v1/BackupRequest.ts";
import type { ChangeMembershipReply } from "../../generated/conclave/v1/ChangeMembershipReply.ts";
import type { ChangeMembershipRequest__Output } from "../../generated/conclave/v1/ChangeMembershipRequest.ts";
import type { NodeStatus } from "../../generated/conclave/v1/NodeStatus.ts";
import type { StatusRequest__Output } from "../../generated/conclave/v1/StatusRequest.ts";
import type { TransferLeadershipReply } from "../../generated/conclave/v1/TransferLeadershipReply.ts";
import type { TransferLeadershipRequest__Output } from "../../generated/conclave/v1/TransferLeadershipRequest.ts";
import { nodeStatus } from "../nodeStatus.ts";
import { Backups } from "./backup.ts";
import { changeMembership } from "./changeMembership.ts";
import type { ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";
import { unary } from "./unary.ts";

/** `conclave.v1.Cluster`: every node answers for its status, with or without a leader. */
export function clusterService(context: ServiceContext) {
  const { node } = context;
  const backups = new Backups(context);
  const backup: handleServerStreamingCall<Received<BackupRequest__Output>, BackupPart> = (call) =>
    void backups.serve(call);
  return {
    Status: unary<StatusRequest__Output, NodeStatus>(context, async ({ linearizable }) => {
      if (linearizable) await node.readBarrier();
      return { ...nodeStatus(node), sizes: context.sizes };
    }),
    TransferLeadership: unary<TransferLeadershipRequest__Output, TransferLeadershipReply>(
      context,
      ({ toNodeId }) => node.transferLeadership(toNodeId === "" ? null : NodeId(toNodeId)),
    ),
    ChangeMembership: unary<ChangeMembershipRequest__Output, ChangeMembershipReply>(context, (request) =>
      changeMembership(node, request),
    ),
    Backup: backup,
  };
}
