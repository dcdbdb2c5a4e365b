import type { ClusterId, Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { FormatRange } from "../codec/peer.ts";
import type { ClusterDescription, JoinRequest } from "../codec/peerJoin.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../codec/peerSnapshot.ts";
import type { Message } from "../raft/messages.ts";
import type { Configuration, MemberDetails } from "../raft/types.ts";

/**
 * What the transport tells its node. Calls come from the event loop, one at a time, never from within `send` or
 * `setMembers`. `peer` need not be a member: servers take messages from outside their configuration, which may lag
 * (thesis 4.1).
 */
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
  /** Nothing is to be kept of `peer`, which is no member: it was a guest, and is let go of. */
  onLeft(peer: NodeId): void;
  /**
   * `by` turns this node away as removed by a configuration newer than the newest one that it has. That one may still
   * be rolled back, so the transport keeps trying, slowly. Comes once for each configuration that `by` names.
   */
  onRemoved(by: NodeId, why: string): void;
  /** `by` asks for our records. Null: there is no checkpoint yet. Closed by the transport. */
  openSnapshot(by: NodeId): Promise<SnapshotReader | null>;
  describe(): ClusterDescription;
  /** Resolves to the index of the configuration that holds the caller. Rejects with NOT_LEADER, MEMBERSHIP_REFUSED, ... */
  join(request: JoinRequest): Promise<LogIndex>;
}

export interface PeerInfo {
  /** `host:port` at which the peer serves clients. */
  readonly clientAddress: string;
  readonly version: string;
  /** `host:port` at which it listens for peers; "" from a release that does not tell. */
  readonly peerAddress: string;
  /** Formats of entries and records that it can read. */
  readonly formats: FormatRange;
  /** The committed configuration by which it is a member; 0 while it is none, and for the founding one. */
  readonly memberBy: LogIndex;
}

/** What the configuration says of a member that came after the founding. */
export interface MemberAddress extends Pick<MemberDetails, "address" | "incarnation" | "since"> {}

/** By node id; null for founding members, of which the configuration says nothing. */
export type Members = ReadonlyMap<NodeId, MemberAddress | null>;

/** An unchanging view of the records as of one checkpoint. */
export interface SnapshotReader {
  readonly header: SnapshotHeader;
  read(pull: SnapshotPull): Promise<SnapshotChunk>;
  close(): Promise<void>;
}

/** Our end of a `Peer.Snapshot` call. Rejections mean: the stream is broken, open another one. */
export interface SnapshotCall {
  readonly header: SnapshotHeader;
  /** One at a time. */
  pull(pull: SnapshotPull): Promise<SnapshotChunk>;
  close(): void;
}

/** The incarnations seen so far, kept on disk: a wiped directory under an old node id must not pass. */
export interface Incarnations {
  /** `since` is the entry that took the member in, 0 for a founding one: each time begins anew. */
  known(id: NodeId, since: LogIndex): Incarnation | undefined;
  /** Resolves once durable. A rejection refuses the peer; the caller of `remember` may retry later. */
  remember(id: NodeId, since: LogIndex, incarnation: Incarnation): Promise<void> | void;
}

/** Who this node is, as told to its peers. */
export interface LocalPeer {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly version: string;
  /** Asked at each handshake, since the client server may be bound after the peers' one. */
  readonly clientAddress: () => string;
  /** `host:port` at which peers reach this node. */
  readonly peerAddress: () => string;
  /** Formats of entries and records that this release can read. */
  readonly formats: FormatRange;
  /** The newest configuration that is known to be committed; asked at each handshake. */
  readonly committed: () => Configuration;
  /** No member yet under this incarnation, whatever a configuration says that does not name it. */
  readonly joining: () => boolean;
  /** A founding member that not all the others have met yet. */
  readonly founding: () => boolean;
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
  /** A guest without a stream is forgotten after this; one that said nothing for so long gives way to another. */
  readonly guestSilenceMs: number;
  /** Streams of a member that was removed stay this long: a leader may have to finish its own removal. */
  readonly departureMs: number;
  /** A snapshot's stream ends when the next pull, or the answer to one, does not come within this. */
  readonly snapshotIdleMs: number;
}

export interface TransportLimits {
  /** A larger message is neither sent nor received. Above `maxAppendBytes` plus the largest entry. */
  readonly maxMessageBytes: number;
  /** Bytes waiting for one peer; appends beyond are dropped, Raft sends them again. */
  readonly maxQueuedBytes: number;
  /** Nodes outside the configuration that have streams with us. */
  readonly maxGuests: number;
  /** Snapshots served at a time. */
  readonly maxSnapshots: number;
  /** Whatever a pull asks for. */
  readonly maxChunkBytes: number;
}

export interface GrpcPeersOptions {
  readonly local: LocalPeer;
  /** `host:port` to listen on; port 0 takes a free one, see `GrpcPeers.address`. */
  readonly listen: string;
  /** Peer addresses (`host:port`) of founding members, by this node's own settings; its own entry is ignored. */
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
  guestSilenceMs: 10_000,
  departureMs: 5_000,
  snapshotIdleMs: 60_000,
};

export const defaultLimits: TransportLimits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxQueuedBytes: 64 * 1024 * 1024,
  maxGuests: 16,
  maxSnapshots: 2,
  maxChunkBytes: 1024 * 1024,
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
