import type { ClusterId, Incarnation, NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { Message } from "../raft/messages.ts";

/** What the transport tells its node. Calls come from the event loop, one at a time, never from within `send`. */
export interface PeerListener {
  /** `wallClockMs` is the sender's wall clock when it sent, ms since the epoch. */
  onMessage(from: NodeId, message: Message, wallClockMs: number): void;
  /** Our own stream to `peer` finished its handshake: what is sent from now on travels. */
  onReachable(peer: NodeId): void;
  /**
   * Our stream to `peer` broke, or could not be opened at first. Comes a second time, with `refused`, as soon
   * as a redial finds that nobody listens there any more: the process is gone, not merely slow.
   */
  onUnreachable(peer: NodeId, refused: boolean): void;
  /** After each handshake, in either direction. */
  onPeerInfo(peer: NodeId, info: PeerInfo): void;
}

export interface PeerInfo {
  /** `host:port` at which the peer serves clients. */
  readonly clientAddress: string;
  readonly version: string;
}

/** The incarnations seen so far, kept on disk: a wiped directory under an old node id must not pass. */
export interface Incarnations {
  known(id: NodeId): Incarnation | undefined;
  /** Resolves once durable. A rejection refuses the peer; the caller of `remember` may retry later. */
  remember(id: NodeId, incarnation: Incarnation): Promise<void> | void;
}

/** Who this node is, as told to its peers. */
export interface LocalPeer {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly version: string;
  /** Asked at each handshake, since the client server may be bound after the peers' one. */
  readonly clientAddress: () => string;
}

export interface TransportTimings {
  /** From dialling to the end of the handshake; also how long an acceptor waits for the hello. */
  readonly handshakeTimeoutMs: number;
  /** Delays between failed dials grow by 2 from here to the cap, each with jitter. */
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
  /** A ping goes out after this long ... */
  readonly keepaliveTimeMs: number;
  /** ... and the connection is given up when it is not answered within this. */
  readonly keepaliveTimeoutMs: number;
  /** `close` lets streams flush and end for this long before it cuts them. */
  readonly closeTimeoutMs: number;
}

export interface TransportLimits {
  /** A larger message is neither sent nor received. Above `maxAppendBytes` plus the largest entry. */
  readonly maxMessageBytes: number;
  /** Bytes waiting for one peer; appends beyond are dropped, Raft sends them again. */
  readonly maxQueuedBytes: number;
}

export interface GrpcPeersOptions {
  readonly local: LocalPeer;
  /** `host:port` to listen on; port 0 takes a free one, see `GrpcPeers.address`. */
  readonly listen: string;
  /** Peer address (`host:port`) of every other member; this node's own entry is ignored. */
  readonly peers: ReadonlyMap<NodeId, string>;
  readonly incarnations: Incarnations;
  /** Jitter of the backoff. */
  readonly random: Random;
  readonly logger: Logger;
  readonly timings?: Partial<TransportTimings>;
  readonly limits?: Partial<TransportLimits>;
}

export const defaultTimings: TransportTimings = {
  handshakeTimeoutMs: 2_000,
  backoffInitialMs: 20,
  backoffMaxMs: 2_000,
  keepaliveTimeMs: 1_000,
  keepaliveTimeoutMs: 2_000,
  closeTimeoutMs: 500,
};

export const defaultLimits: TransportLimits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxQueuedBytes: 64 * 1024 * 1024,
};

/** Counters since `start`, of one peer. */
export interface PeerStats {
  /** Our stream to the peer is open. */
  readonly connected: boolean;
  /** Bytes handed over and not yet taken by the connection. */
  readonly queuedBytes: number;
  readonly sentMessages: number;
  readonly sentBytes: number;
  /** Messages that were not sent: no open stream, queue full, above `maxMessageBytes`. */
  readonly droppedDisconnected: number;
  readonly droppedQueueFull: number;
  readonly droppedTooLarge: number;
  /** Handshakes that succeeded on our own stream. */
  readonly connects: number;
  readonly receivedMessages: number;
}

export interface TransportStats {
  readonly peers: ReadonlyMap<NodeId, PeerStats>;
  /** Incoming handshakes that were refused. */
  readonly refusedHandshakes: number;
  /** Incoming streams closed for a frame that made no sense, and for entries whose checksums did not hold. */
  readonly malformedFrames: number;
  readonly corruptFrames: number;
}
