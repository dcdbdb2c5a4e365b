import type { PolledSource } from "../duties/sourceTypes.ts";
import type { Duty, DutyOptions, LeaderDuty } from "../duties/types.ts";

/** Everything one node needs to start; the command line, the environment and the file all end up here. */
export interface NodeOptions {
  /** Node id, `[A-Za-z0-9._-]{1,64}`; among `peers`, unless `join` says where to find a cluster. */
  readonly id: string;
  /** Name of the cluster; with the initial members it makes the cluster id. */
  readonly cluster: string;
  readonly dataDir: string;
  /** Founding members, this node included: id and peer address (`host:port`). May be empty with `join`. */
  readonly peers: readonly { readonly id: string; readonly address: string }[];
  /**
   * Peer addresses of any members. When not empty, a node without data joins their cluster instead of founding one; with
   * data they are only further places to ask.
   */
  readonly join: readonly string[];
  /** The operator's word that the former data of this id is gone for good; only with `join`. */
  readonly rejoin: boolean;
  /** `host:port` to listen on for peers, clients and HTTP; an empty `listenPeer`: see `listenPeerOf`; an empty `listenHttp` turns HTTP off. */
  readonly listenPeer: string;
  readonly listenClient: string;
  readonly listenHttp: string;
  /** `host:port` told to peers; defaults to the own address in `peers`, else `listenPeer`; empty: what was bound. */
  readonly advertisePeer: string;
  /** `host:port` told to clients; defaults to `listenClient`. */
  readonly advertiseClient: string;
  /** Plaintext beyond loopback: refused unless told. */
  readonly insecure: boolean;
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly electionBackoff: {
    readonly initialMs: number;
    readonly multiplier: number;
    readonly maxMs: number;
  };
  /** A checkpoint is taken after this long, or this many changed records, whichever comes first. */
  readonly checkpointIntervalMs: number;
  readonly checkpointRecords: number;
  /** Entries of the log kept for members that are away; one that lacks older ones gets a snapshot. */
  readonly keptEntries: number;
  /** Largest payload, result, checkpoint and request that are taken, in bytes; the same on all nodes. */
  readonly sizes: {
    readonly maxPayloadBytes: number;
    readonly maxResultBytes: number;
    readonly maxCheckpointBytes: number;
    readonly maxBatchBytes: number;
  };
  /** How many queues, schedules and keys with a rate there may be; the same on all nodes. */
  readonly names: {
    readonly maxQueues: number;
    readonly maxSchedules: number;
    readonly maxRateKeys: number;
    readonly maxDedupWindows: number;
  };
  /** What this node polls for jobs while it leads; the same on all nodes. docs/duties.md. */
  readonly sources: readonly PolledSource[];
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly logFormat: "json" | "pretty";
}

/** Where a node listens for its peers when nothing says where. */
export const defaultListenPeer = "127.0.0.1:7500";

/** Peers are told the address in `peers`: a node that listens elsewhere without being told to would never be found. */
export function listenPeerOf({
  id,
  listenPeer,
  advertisePeer,
  peers,
}: Pick<NodeOptions, "id" | "listenPeer" | "advertisePeer" | "peers">): string {
  const own = peers.find((peer) => peer.id === id)?.address;
  return listenPeer || own || advertisePeer || defaultListenPeer;
}

export const nodeDefaults = {
  cluster: "conclave",
  listenPeer: "",
  listenClient: "127.0.0.1:7400",
  listenHttp: "127.0.0.1:7600",
  advertisePeer: "",
  advertiseClient: "",
  insecure: false,
  electionTimeoutMs: 1000,
  heartbeatIntervalMs: 150,
  electionBackoff: { initialMs: 1000, multiplier: 2, maxMs: 60_000 },
  checkpointIntervalMs: 10_000,
  checkpointRecords: 20_000,
  keptEntries: 100_000,
  sizes: {
    maxPayloadBytes: 262_144,
    maxResultBytes: 262_144,
    maxCheckpointBytes: 65_536,
    maxBatchBytes: 4_194_304,
  },
  names: { maxQueues: 10_000, maxSchedules: 10_000, maxRateKeys: 100_000, maxDedupWindows: 1_000_000 },
  join: [],
  rejoin: false,
  sources: [],
  logLevel: "info",
  logFormat: "json",
} as const satisfies Partial<NodeOptions>;

/** A node that runs in this process. */
export interface RunningNode {
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly httpAddress: string;
  /** Settles when the node has ended: by `stop`, or rejected by a fatal error (disk, corruption). */
  readonly ended: Promise<void>;
  /**
   * Runs `duty` while this node is the elected leader, and on no other node that has it: once this node has applied all
   * its predecessors' work and holds its lease. docs/duties.md says what that promises. Throws INVALID_ARGUMENT for a
   * name that is taken, SHUTTING_DOWN when the node stops.
   */
  whileLeader(duty: Duty, options?: DutyOptions): LeaderDuty;
  /** Stops taking work, closes streams, writes a last checkpoint and the marker, closes the stores. */
  stop(): Promise<void>;
}

/** A node that joins waits for a cluster first, until `signal` fires; it then rejects with the signal's reason. */
export type StartNode = (options: NodeOptions, signal: AbortSignal) => Promise<RunningNode>;
