import type { ClusterId, Incarnation, JobId, LogIndex, NodeId, Term } from "../base/brands.ts";
import type { CommandBatch, MachineRecord } from "../machine/types.ts";
import type { Message } from "../raft/messages.ts";
import type { Entry, EntryId, HardState, Membership } from "../raft/types.ts";

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
  /** Removes entries through `index`; the caller has a synced checkpoint at or above it. */
  compact(index: LogIndex): Promise<void>;
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
   * consumed over many turns. `deletes` are ids of jobs that are gone.
   */
  checkpoint(checkpoint: {
    readonly appliedIndex: LogIndex;
    readonly records: Iterable<MachineRecord>;
    readonly deletes: Iterable<JobId>;
  }): Promise<{ readonly bytes: number; readonly records: number }>;
  close(): Promise<void>;
}

export interface PeerTransport {
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
}

export interface PeerInfo {
  readonly clientAddress: string;
  readonly version: string;
}

/** Who this data directory belongs to. */
export interface Identity {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly membership: Membership;
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
  attemptFailed(queue: string, end: "failed" | "expired"): void;
  jobDead(queue: string): void;
  attemptsStarted(queue: string, count: number): void;
  checkpoint(ms: number, records: number): void;
  turn(ms: number, events: number): void;
}

export type { EntryId, Term };
