import { LogIndex, type NodeId } from "../base/brands.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { FormatRange, PeerHello } from "../codec/peer.ts";
import type { LocalPeer, PeerInfo } from "./types.ts";

/** The version of peer.proto that this release speaks. */
const protocolVersion = 1;

/** Why a peer is turned away; the message names both sides' values and what to do. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

export function helloTo(peer: NodeId, local: LocalPeer): PeerHello {
  return {
    protocol: protocolVersion,
    clusterId: local.clusterId,
    nodeId: local.nodeId,
    incarnation: local.incarnation,
    expectedNodeId: peer,
    clientAddress: local.clientAddress(),
    version: local.version,
    peerAddress: local.peerAddress(),
    configurationIndex: local.committed().index,
    member: isMember(local),
    formats: local.formats,
    founding: local.founding(),
  };
}

/** What the listener is told of a peer. */
export function infoOf(hello: PeerHello): PeerInfo {
  const { clientAddress, version, peerAddress, formats } = hello;
  const memberBy = LogIndex(hello.member && !hello.founding ? hello.configurationIndex : 0);
  return { clientAddress, version, peerAddress, formats, memberBy };
}

/** Whether the committed configuration means this very data directory when it names our id. */
function isMember({ committed, nodeId, incarnation, joining }: LocalPeer): boolean {
  const { voters, outgoing, learners, details } = committed().membership;
  if (![...voters, ...outgoing, ...learners].includes(nodeId)) return false;
  const named = details?.[nodeId]?.incarnation ?? "";
  return named === "" ? !joining() : named === incarnation;
}

/** What a dialler sent us: is it for us? Null when it may pass on to the gate. */
export function refuseDialler(hello: PeerHello, local: LocalPeer): Refusal | null {
  const refusal = refuseStranger(hello, local);
  if (refusal !== null) return refusal;
  if (hello.nodeId === local.nodeId) {
    return {
      code: "IDENTITY_MISMATCH",
      message:
        `the caller says it is ${quote(hello.nodeId)}, which is this node's own id: two nodes run under one ` +
        "id, or a node was given its own address as a peer's; correct --id or --peers of one of them",
    };
  }
  return refuseAddressee(hello, local);
}

/** What the acceptor answered us: is it the node we meant? */
export function refuseAcceptor(hello: PeerHello, local: LocalPeer, dialled: NodeId): Refusal | null {
  const refusal = refuseStranger(hello, local);
  if (refusal !== null) return refusal;
  if (hello.nodeId !== dialled) {
    return {
      code: "IDENTITY_MISMATCH",
      message:
        `the node at the address of ${quote(dialled)} says it is ${quote(hello.nodeId)}; correct the ` +
        `addresses in the peers of ${quote(local.nodeId)}`,
    };
  }
  return refuseAddressee(hello, local);
}

function refuseStranger(hello: PeerHello, local: LocalPeer): Refusal | null {
  if (hello.protocol !== protocolVersion) {
    return {
      code: "INVALID_ARGUMENT",
      message:
        `node ${quote(hello.nodeId)} (release ${quote(hello.version)}) speaks peer protocol ${hello.protocol}, ` +
        `${quote(local.nodeId)} (release ${quote(local.version)}) speaks ${protocolVersion}; ` +
        "run releases that share a protocol version",
    };
  }
  if (hello.clusterId !== local.clusterId) {
    return {
      code: "IDENTITY_MISMATCH",
      message:
        `node ${quote(hello.nodeId)} belongs to cluster ${quote(hello.clusterId)}, ${quote(local.nodeId)} to ` +
        `${quote(local.clusterId)}; one of them has an address of the other cluster among its peers, or was ` +
        "started with another cluster name, other initial members or another data directory",
    };
  }
  return refuseFormats(
    `${quote(hello.nodeId)} (release ${quote(hello.version)})`,
    hello.formats,
    `${quote(local.nodeId)} (release ${quote(local.version)})`,
    local.formats,
  );
}

/** Nodes that cannot read each other's entries must not try. */
export function refuseFormats(
  caller: string,
  theirs: FormatRange,
  self: string,
  ours: FormatRange,
): Refusal | null {
  if (theirs.min <= ours.max && ours.min <= theirs.max) return null;
  return {
    code: "FORMAT_UNSUPPORTED",
    message:
      `node ${caller} reads formats ${theirs.min} to ${theirs.max}, ${self} reads ${ours.min} to ${ours.max}; ` +
      "run releases that share a format: upgrade one release at a time",
  };
}

function refuseAddressee(hello: PeerHello, local: LocalPeer): Refusal | null {
  if (hello.expectedNodeId === local.nodeId) return null;
  return {
    code: "IDENTITY_MISMATCH",
    message:
      `node ${quote(hello.nodeId)} meant to reach ${quote(hello.expectedNodeId)} and reached ` +
      `${quote(local.nodeId)}; correct the addresses in the peers of ${quote(hello.nodeId)}`,
  };
}

/** Text from another process, bounded and escaped before it enters a message or a log. */
export function quote(text: string): string {
  return JSON.stringify(text.length <= 128 ? text : `${text.slice(0, 128)}...`);
}
