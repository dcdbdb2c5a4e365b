import { ClusterId, Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import type { ClusterDescription__Output } from "../generated/conclave/v1/ClusterDescription.ts";
import type { JoinReply__Output } from "../generated/conclave/v1/JoinReply.ts";
import type { JoinRequest__Output } from "../generated/conclave/v1/JoinRequest.ts";
import type { ClusterDescription, JoinRequest } from "../node/ports.ts";
import { malformed, wireType } from "./peerWire.ts";

export type { ClusterDescription, JoinRequest } from "../node/ports.ts";

/** A request to be taken in, and the cluster that is meant. */
export interface JoinCall extends JoinRequest {
  readonly clusterId: ClusterId;
}

/** Of ids, incarnations and addresses: a request must not fill the log that it asks to be written to. */
const maxTextLength = 256;

const describeRequestType = wireType<unknown>("DescribeRequest");
const descriptionType = wireType<ClusterDescription__Output>("ClusterDescription");
const joinRequestType = wireType<JoinRequest__Output>("JoinRequest");
const joinReplyType = wireType<JoinReply__Output>("JoinReply");

export function encodeDescribeRequest(): Buffer {
  return describeRequestType.encode({});
}

export function encodeClusterDescription({ members, ...rest }: ClusterDescription): Buffer {
  return descriptionType.encode({
    ...rest,
    leaderId: rest.leaderId ?? "",
    members: members.map(({ id, address }) => ({ nodeId: id, address })),
  });
}

/** Throws INVALID_ARGUMENT for what no correct node sends. */
export function decodeClusterDescription(bytes: Uint8Array): ClusterDescription {
  const wire = descriptionType.decode(bytes);
  if (wire.clusterId === "") throw malformed("a cluster is described that has no id");
  return {
    clusterId: ClusterId(wire.clusterId),
    clusterName: wire.clusterName,
    leaderId: wire.leaderId === "" ? null : NodeId(wire.leaderId),
    leaderPeerAddress: wire.leaderPeerAddress,
    members: wire.members.map(({ nodeId, address }) => ({ id: NodeId(nodeId), address })),
    format: wire.format,
  };
}

export function encodeJoinRequest(request: JoinCall): Buffer {
  return joinRequestType.encode(request);
}

/** Throws INVALID_ARGUMENT for a request that could not be a member's. */
export function decodeJoinRequest(bytes: Uint8Array): JoinCall {
  const wire = joinRequestType.decode(bytes);
  const { nodeId, address, incarnation, replacesIncarnation, minFormat, maxFormat } = wire;
  for (const text of [wire.clusterId, nodeId, address, incarnation, replacesIncarnation]) {
    if (text.length > maxTextLength) throw malformed(`a text of a request to join is ${text.length} long`);
  }
  if (nodeId === "" || incarnation === "") throw malformed("a request to join lacks node id or incarnation");
  if (minFormat < 1 || minFormat > maxFormat) {
    throw malformed(`a request to join tells formats ${minFormat} to ${maxFormat}`);
  }
  return {
    clusterId: ClusterId(wire.clusterId),
    nodeId: NodeId(nodeId),
    address,
    incarnation: Incarnation(incarnation),
    replacesIncarnation,
    rejoin: wire.rejoin,
    voter: wire.voter,
    minFormat,
    maxFormat,
  };
}

export function encodeJoinReply(configurationIndex: LogIndex): Buffer {
  return joinReplyType.encode({ configurationIndex });
}

export function decodeJoinReply(bytes: Uint8Array): LogIndex {
  return LogIndex(joinReplyType.decode(bytes).configurationIndex);
}
