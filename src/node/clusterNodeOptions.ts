import type { Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Machine } from "../machine/index.ts";
import type { Raft } from "../raft/index.ts";
import type { MembershipCodec } from "../raft/types.ts";
import type { NameLimits } from "./namesGuard.ts";
import type {
  BatchCodec,
  Calendar,
  FormatRange,
  Identity,
  LogStore,
  PeerListener,
  PeerTransport,
  RecordStore,
  SnapshotStore,
  Telemetry,
} from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** What a `ClusterNode` is made of. */
export interface ClusterNodeOptions {
  readonly identity: Identity;
  readonly version: string;
  /** Formats of entries and records that this release reads. */
  readonly formats: FormatRange;
  readonly raft: Raft;
  readonly machine: Machine;
  readonly log: LogStore;
  readonly records: RecordStore;
  readonly snapshots: SnapshotStore;
  readonly codec: BatchCodec;
  readonly membershipCodec: MembershipCodec;
  readonly runtime: Runtime;
  readonly calendar: Calendar;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** The lease's length. */
  readonly electionTimeoutMs: number;
  readonly checkpointIntervalMs: number;
  readonly checkpointRecords: number;
  /** The most entries kept below a checkpoint for members that lack them. */
  readonly keptEntries: number;
  /** Default: `defaultNameLimits`. */
  readonly names?: NameLimits;
  /** `host:port` at which this node serves clients and its peers, and its HTTP address or "". */
  readonly clientAddress: () => string;
  readonly peerAddress: () => string;
  readonly httpAddress: () => string;
  /** Peer addresses of founding members, from this node's own settings. */
  readonly founding: ReadonlyMap<NodeId, string>;
  /** The incarnation that is remembered of the member that the entry `since` took in (0: a founding one), or null. */
  readonly metIncarnation: (id: NodeId, since: LogIndex) => Incarnation | null;
  /**
   * Of each member by a committed configuration, the entry that took it in: what is remembered of others may go. And the
   * peer addresses of the other members, as far as they are known.
   */
  readonly onMembers: (since: ReadonlyMap<NodeId, LogIndex>, addresses: readonly string[]) => Promise<void>;
  /** A node that was joining has been taken in; a checkpoint says so. It is no joining one any more, also when restarted. */
  readonly onTakenIn: () => Promise<void>;
  /** Every other founder has met this node: it is no founding one any more, also when restarted. */
  readonly onFounded: () => Promise<void>;
  readonly transport: (listener: PeerListener) => PeerTransport;
  /** Disk, corruption or a broken invariant: the process must end. */
  readonly onFatal: (error: unknown) => void;
}
