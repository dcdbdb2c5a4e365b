import type { PeerHello__Output } from "../generated/conclave/v1/PeerHello.ts";
import type { FormatRange } from "../node/ports.ts";
import { malformed } from "./peerWire.ts";

export type { FormatRange } from "../node/ports.ts";

/** First message in each direction of a peer stream; fields as in peer.proto. */
export interface PeerHello {
  readonly protocol: number;
  readonly clusterId: string;
  readonly nodeId: string;
  readonly incarnation: string;
  readonly expectedNodeId: string;
  readonly clientAddress: string;
  readonly version: string;
  /** `host:port`; "" from a release that does not tell. */
  readonly peerAddress: string;
  readonly configurationIndex: number;
  readonly member: boolean;
  readonly formats: FormatRange;
  /** Not all other founding members have met the sender yet. */
  readonly founding: boolean;
}

/** Why a hello was not accepted; `code` is one of the catalogue, or of a newer release's. */
export interface PeerRefusal {
  readonly code: string;
  readonly message: string;
}

/** Of ids, incarnations and addresses, whose host names alone may have 253: what a stranger says is kept for a while. */
const maxTextLength = 512;

/** The fields that a release without membership changes left out: it was a founding member and read format 1. */
const beforeFormats = { formats: { min: 1, max: 1 }, member: true } as const;

export function helloToWire({ formats, ...hello }: PeerHello): object {
  return { ...hello, minFormat: formats.min, maxFormat: formats.max };
}

/** Throws INVALID_ARGUMENT for formats that are no range, and for texts that no node has. */
export function helloFromWire(wire: PeerHello__Output): PeerHello {
  const { minFormat: min, maxFormat: max } = wire;
  const { clusterId, nodeId, incarnation, expectedNodeId, clientAddress, version, peerAddress } = wire;
  for (const text of [clusterId, nodeId, incarnation, expectedNodeId, clientAddress, version, peerAddress]) {
    if (text.length > maxTextLength) throw malformed(`a text of a hello is ${text.length} long`);
  }
  const isOld = min === 0 && max === 0;
  if (!isOld && (min < 1 || min > max)) throw malformed(`a hello tells formats ${min} to ${max}`);
  return {
    protocol: wire.protocol,
    clusterId,
    nodeId,
    incarnation,
    expectedNodeId,
    clientAddress,
    version,
    peerAddress,
    configurationIndex: wire.configurationIndex,
    founding: wire.founding,
    ...(isOld ? beforeFormats : { formats: { min, max }, member: wire.member }),
  };
}
