import type { ClusterId, Incarnation, LogIndex, LogTimeMs, NodeId, Term } from "../base/brands.ts";
import type { Longest, Stretches } from "../base/stretches.ts";
import type { CommandBatch, MachineRecord, ScheduleSpec } from "../machine/types.ts";
import type { Message } from "../raft/messages.ts";
import type {
  Configuration,
  Entry,
  EntryId,
  HardState,
  MemberDetails,
  Membership,
  SnapshotId,
} from "../raft/types.ts";

/** One atomic durable write: first cut from `truncateFrom`, then append, and replace the hard state. */
export interface DurableBatch {
  readonly hardState: HardState | null;
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
}

/** The Raft log and hard state. Writes are carried out in the order of the calls. Any failed write is fatal. */
export interface LogStore {
  readonly lastEntry: EntryId;
  readonly compacted: EntryId;
  /**
   * Fixes the bytes (frames, codec/frame.ts) of these entries, chained to what was staged before. Called in the
   * order of the core's `persist` effects and before anything is sent, so that what travels is what will be
   * written. Throws DATA_CORRUPT when an entry that came from the leader does not chain to our log.
   */
  stage(batch: DurableBatch): void;
  /** Resolves once synced. Rejects with DISK_FAILED: the outcome is then unknown and the process must end. */
  write(batch: DurableBatch): Promise<void>;
  /**
   * Entries `from..through`, cut off after `maxBytes` of data (at least one comes). Rejects with DATA_CORRUPT
   * when a checksum or the chain does not hold, INVALID_ARGUMENT for a range outside the log.
   */
  read(from: LogIndex, through: LogIndex, maxBytes: number): Promise<readonly Entry[]>;
  /** The last entry at or below `index`, or about there, through which it is cheap to compact. */
  cutBelow(index: LogIndex): LogIndex;
  /** Removes entries through `index`; the caller has a synced checkpoint at or above it. */
  compact(index: LogIndex, stretches?: Stretches): Promise<void>;
  /** The snapshot will replace everything staged and written so far: entries staged from now on are chained to it. */
  stageInstall(snapshot: SnapshotHeader): void;
  close(): Promise<void>;
}

/** The machine's records as of one applied index. */
export interface RecordStore {
  /** The index of the last checkpoint, 0 when there is none. */
  readonly appliedIndex: LogIndex;
  /** All records, once, at start. Rejects with DATA_CORRUPT when a checksum does not hold. */
  load(): AsyncIterable<readonly MachineRecord[]>;
  /**
   * Writes one checkpoint atomically and synced, in slices that do not block the event loop: `records` may be
   * consumed over many turns, jobs of one page (`pageOf`) one after the other. `deletes` are sequence numbers of jobs that
   * are gone, `sideDeletes` names of side records.
   */
  checkpoint(checkpoint: {
    readonly appliedIndex: LogIndex;
    /** In force at `appliedIndex`. */
    readonly configuration: Configuration;
    readonly records: Iterable<MachineRecord>;
    readonly deletes: Iterable<number>;
    readonly sideDeletes?: Iterable<string>;
    /** Is told how long it keeps the event loop. */
    readonly stretches?: Stretches;
  }): Promise<{ readonly bytes: number; readonly records: number }>;
  close(): Promise<void>;
}

/** Works out due times, for the leader: the machine is given them. Every method throws INVALID_ARGUMENT for a timing that it cannot read. */
export interface Calendar {
  check(timetable: Timetable): void;
  /** The first due time after `after`, or null when there is none any more. */
  next(timetable: Timetable, after: LogTimeMs): LogTimeMs | null;
  /** The next `count` due times after `after`, fewer when it ends. */
  upcoming(timetable: Timetable, after: LogTimeMs, count: number): readonly LogTimeMs[];
  /**
   * Passes over what is due from `dueAt` on and before `notBefore`, in at most `maxSteps` steps: how many due times that
   * were, `dueAt` among them, and the one after, which may still be before `notBefore`.
   */
  skip(
    timetable: Timetable,
    dueAt: LogTimeMs,
    notBefore: LogTimeMs,
    maxSteps: number,
  ): { readonly passed: number; readonly next: LogTimeMs | null };
}

export type Timetable = Pick<ScheduleSpec, "timing" | "startAt" | "endAt">;

/** What a snapshot says of itself; proto SnapshotHeader. */
export interface SnapshotHeader extends SnapshotId {
  readonly format: number;
  readonly clusterId: ClusterId;
  /** The frame checksum of the entry at `index`. */
  readonly checksum: number;
  readonly count: number;
  readonly sum: number;
  /** Of all keys and values, about. */
  readonly bytes: number;
}

/** A piece of a snapshot, in key order; proto SnapshotChunk. */
export interface SnapshotChunk {
  readonly pairs: Uint8Array;
  readonly checksum: number;
  readonly lastKey: Uint8Array;
  readonly same: boolean;
  readonly isLast: boolean;
}

export interface SnapshotPull {
  /** Records after this key; empty for the first. */
  readonly afterKey: Uint8Array;
  /** What the receiver has through this key already, of this or another snapshot; null for nothing. */
  readonly have: { readonly throughKey: Uint8Array; readonly checksum: number } | null;
  readonly maxBytes: number;
}

/** An unchanging view of the records as of one checkpoint. Reads in slices that do not block; close it. */
export interface SnapshotReader {
  readonly header: SnapshotHeader;
  read(pull: SnapshotPull): Promise<SnapshotChunk>;
  close(): Promise<void>;
}

/** A snapshot on its way in, beside the records in force. What is staged survives a restart. */
export interface SnapshotStaging {
  /** Bytes staged so far, and those that the snapshot will have, about. */
  readonly progress: { readonly bytes: number; readonly totalBytes: number };
  /** What to pull next; null when all is there. */
  next(maxBytes: number): SnapshotPull | null;
  /** Durable enough to go on from after a restart. Rejects with DATA_CORRUPT when the checksum does not hold. */
  put(pull: SnapshotPull, chunk: SnapshotChunk): Promise<void>;
  /** All is there: verifies count and sum against the header, and syncs. Rejects with DATA_CORRUPT; begin anew then. */
  complete(): Promise<SnapshotHeader>;
}

/** The data directory's part in snapshots. */
export interface SnapshotStore {
  /** Null while there is no checkpoint. */
  openSnapshot(): Promise<SnapshotReader | null>;
  /** Begins or goes on staging: chunks of an earlier snapshot are kept and offered to the sender as `have`. */
  stage(header: SnapshotHeader): Promise<SnapshotStaging>;
  /** Throws away what is staged. */
  discardStaged(): Promise<void>;
  /**
   * Makes the completed snapshot the records in force and empties the log, atomically: after a crash all of the old
   * or all of the new is there. No write or checkpoint is under way, and none begins before it resolves. `log` and
   * `records` then go on from the snapshot; `records.load()` yields its records once. Rejects with DISK_FAILED.
   */
  install(snapshot: SnapshotId): Promise<void>;
}

/** Members as the transport needs them. */
export interface MemberAddress extends Pick<MemberDetails, "address" | "incarnation" | "since"> {}

/** A node that wants to be a member; proto JoinRequest. */
export interface JoinRequest {
  readonly nodeId: NodeId;
  readonly address: string;
  readonly incarnation: Incarnation;
  readonly replacesIncarnation: string;
  readonly rejoin: boolean;
  readonly voter: boolean;
  readonly minFormat: number;
  readonly maxFormat: number;
}

export interface ClusterDescription {
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  readonly leaderId: NodeId | null;
  /** "" when unknown. */
  readonly leaderPeerAddress: string;
  readonly members: readonly { readonly id: NodeId; readonly address: string }[];
  readonly format: number;
}

/** Our end of a `Peer.Snapshot` call. Rejections mean: the stream is broken, dial again. */
export interface SnapshotCall {
  readonly header: SnapshotHeader;
  pull(pull: SnapshotPull): Promise<SnapshotChunk>;
  close(): void;
}

export interface PeerTransport {
  /**
   * Who is a member from now on. Founding members without details keep the address of this node's own settings. Streams to
   * and from those that are gone are closed, after what was sent has left.
   */
  setMembers(members: ReadonlyMap<NodeId, MemberAddress | null>, configuration: Configuration): void;
  /** Rejects when the peer cannot be reached, refuses, or has no snapshot. */
  openSnapshot(from: NodeId, signal: AbortSignal): Promise<SnapshotCall>;
  /** Never blocks and never throws: a message to an unreachable peer is dropped, Raft repeats what matters. */
  send(to: NodeId, message: Message): void;
  close(): Promise<void>;
}

export interface PeerListener {
  /** `wallClockMs` is the sender's wall clock when it sent, for the log clock's median. */
  onMessage(from: NodeId, message: Message, wallClockMs: number): void;
  onReachable(peer: NodeId): void;
  /** `refused`: the peer's host answered that nobody listens, so its process is gone. */
  onUnreachable(peer: NodeId, refused: boolean): void;
  /** What every node tells its peers about itself: where its clients connect. */
  onPeerInfo(peer: NodeId, info: PeerInfo): void;
  /** Nothing is to be kept of `peer`, which is no member: it was a guest, and is let go of. */
  onLeft(peer: NodeId): void;
  /** A member says that this node was removed by a configuration newer than the newest one we have. */
  onRemoved(by: NodeId, why: string): void;
  /** A member asks for our records. Null: there is no checkpoint yet. Closed by the transport. */
  openSnapshot(by: NodeId): Promise<SnapshotReader | null>;
  describe(): ClusterDescription;
  /** Resolves to the index of the configuration that holds the caller. Rejects with NOT_LEADER, MEMBERSHIP_REFUSED, ... */
  join(request: JoinRequest): Promise<LogIndex>;
}

export interface PeerInfo {
  readonly clientAddress: string;
  readonly version: string;
  /** "" from a release that does not tell. */
  readonly peerAddress: string;
  /** Formats of entries and records that the peer can read. */
  readonly formats: FormatRange;
  /** The committed configuration by which it is a member; 0 while it is none, and for the founding one. */
  readonly memberBy: LogIndex;
}

export interface FormatRange {
  readonly min: number;
  readonly max: number;
}

/** Who this data directory belongs to. */
export interface Identity {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** The founding configuration; empty for a node that joined. The one in force is in the records and the log. */
  readonly membership: Membership;
  /** Name of the cluster, as configured. */
  readonly clusterName: string;
  /**
   * Not a member yet under this incarnation: it votes and acknowledges nothing. `replaces` is the incarnation whose
   * data was found damaged and set aside, "" for a new node.
   */
  readonly joining: { readonly replaces: string } | null;
  /** Made to found a cluster, and not yet met by all its other founders: see src/node/founding.ts. */
  readonly founding: boolean;
}

/** Bytes <-> commands; `encode` fixes the entry's bytes for good. */
export interface BatchCodec {
  encode(batch: CommandBatch): Uint8Array;
  decode(data: Uint8Array): CommandBatch;
}

/** Where the driver reports what happens; the API folder turns it into Prometheus metrics. */
export interface Telemetry {
  /** One durable write: how long, how many entries and bytes. */
  durableWrite(ms: number, entries: number, bytes: number): void;
  /** Leader: from proposal to commit. */
  commitLatency(ms: number): void;
  attemptFailed(queue: string, end: "failed" | "expired" | "timedOut"): void;
  jobDead(queue: string): void;
  attemptsStarted(queue: string, count: number): void;
  /** Leader: a schedule enqueued its job so long after its due time. */
  scheduleFired(lateMs: number): void;
  /** `longest`: for how long at most all that belongs to it kept the event loop. */
  checkpoint(ms: number, records: number, longest: Longest): void;
  /** A chunk of a snapshot of ours was read for a member that fetches it, or for a backup. */
  snapshotSent(bytes: number): void;
  turn(ms: number, events: number): void;
}

export type { EntryId, Term };
