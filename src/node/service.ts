import type { ClusterId, JobId, LogTimeMs, NodeId, Term } from "../base/brands.ts";
import type {
  Act,
  ActResult,
  CancelResult,
  ClaimedJob,
  ClaimNews,
  Command,
  EnqueueResult,
  HeldClaim,
  JobSpec,
  Manage,
  ManageResult,
  Outcome,
  WorkerStream,
} from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Configuration, MembershipChange } from "../raft/types.ts";
import type { EventLog } from "./eventLog.ts";
import type { JobEnds } from "./jobEnds.ts";
import type { Calendar, SnapshotReader } from "./ports.ts";

/** Workers that serve a queue, and how many more jobs they can take in all. */
export interface QueueWorkers {
  readonly workers: number;
  readonly credits: number;
}

/**
 * What a node offers to whoever serves its clients (`api/`) or embeds it. Every method that needs the leader
 * rejects with NOT_LEADER (leader known: its address is in the error) or NO_LEADER elsewhere, and then nothing
 * was done. A promise that rejects with OUTCOME_UNKNOWN was proposed, and its leadership was lost before commit.
 */
export interface NodeService {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly version: string;
  /** Applied state of this node: stale reads look at it at once, linearizable ones after `readBarrier`. */
  readonly state: MachineView;
  /** For due times of schedules; on any node. */
  readonly calendar: Calendar;
  status(): NodeView;
  /** Resolves once `state` reflects every write acknowledged before the call (ReadIndex). On any node: a follower asks. */
  readBarrier(): Promise<void>;
  /** `atomic`: all or none; at most 1000 jobs then. */
  enqueue(jobs: readonly JobSpec[], atomic?: boolean): Promise<readonly EnqueueResult[]>;
  /** Waits for jobs to end, by this node's applied state; linearizable after `readBarrier`. */
  readonly ends: JobEnds;
  /** What happens to jobs, as this node applies it. */
  readonly events: EventLog;
  act(acts: readonly Act[]): Promise<readonly ActResult[]>;
  cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]>;
  /** Jobs by hand, in as many entries as their number and what hangs on them take. */
  manage(command: Manage): Promise<readonly ManageResult[]>;
  /** Settings of queues, breakers and schedules. */
  operate<Given extends OperatorCommand>(command: Given): Promise<OutcomeOf<Given>>;
  /**
   * Hands leadership to `to`, or to the voter that is furthest on when null; resolves once another node leads.
   * Rejects with TRANSFER_FAILED after an election timeout at the latest: this node then goes on leading.
   */
  transferLeadership(to: NodeId | null): Promise<{ readonly leaderId: NodeId; readonly term: Term }>;
  /**
   * Resolves once the change's last configuration (not joint) has committed; learners that are to vote by themselves
   * do so later. Rejects with MEMBERSHIP_REFUSED, and then nothing was changed; with OUTCOME_UNKNOWN when leadership was
   * lost on the way.
   */
  changeMembership(change: MembershipChange, force: boolean): Promise<Configuration>;
  /** Everything as of a moment after the call (a checkpoint is taken first). The caller closes it. */
  openSnapshot(): Promise<SnapshotReader>;
  /**
   * Registers a worker with this leader; throws NOT_LEADER / NO_LEADER, and ABORTED when a later stream of its
   * session is open.
   */
  openWorker(subscription: WorkerSubscription): WorkerHandle;
  /** Workers on the leader; null elsewhere: only it knows. */
  workersFor(queue: string): QueueWorkers | null;
}

export type OperatorCommand = Extract<
  Command,
  {
    readonly type: "setQueue" | "setBreaker" | "putSchedule" | "deleteSchedule" | "pauseSchedule";
  }
>;

export type OutcomeOf<Given extends Command> = Extract<Outcome, { readonly type: Given["type"] }>;

export interface WorkerSubscription {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly credits: number;
  /** Left out by a worker without a session. A session's open streams before this one are closed with ABORTED. */
  readonly stream?: WorkerStream;
  /**
   * With `stream`: the claims of the session's earlier streams that reached the worker and of whose end it has not
   * heard. The others are given back. Left out: nothing is.
   */
  readonly held?: readonly HeldClaim[];
  /** Jobs whose claim has committed; called only while this node's leader lease holds. */
  onJobs(jobs: readonly ClaimedJob[]): void;
  /** Of claims made for this worker; comes before anything that a later entry brings. */
  onClaimNews?(news: readonly ClaimNews[]): void;
  /**
   * The last call: leadership is gone (NOT_LEADER / NO_LEADER), the node shuts down, or the session has opened a
   * later stream (ABORTED).
   */
  onClosed(error: Error): void;
}

export interface WorkerHandle {
  readonly term: Term;
  addCredits(count: number): void;
  /** Whether it gets no jobs for the moment, whatever room it has. */
  hold(on: boolean): void;
  /** No further claims. A claim under way whose jobs cannot be delivered any more is released. */
  close(): void;
}

export interface NodeView {
  readonly raft: RaftStatus;
  /** 0 unless leading; what is left of the leader lease. */
  readonly leaseLeftMs: number;
  readonly leaseMs: number;
  readonly leaderAddress: string;
  readonly logTime: LogTimeMs;
  readonly clockOffsetMs: number;
  readonly uptimeMs: number;
  readonly httpAddress: string;
  readonly members: readonly MemberView[];
  /** `founding`: not all founders have met it yet; `joining`: not taken in yet. Neither takes part in the cluster. */
  readonly standing: "founding" | "member" | "joining" | "removed";
  /** Written as a leader, and the newest that this node can read. */
  readonly format: number;
  readonly maxFormat: number;
}

export interface MemberView {
  readonly id: NodeId;
  readonly clientAddress: string;
  /** "" while unknown. */
  readonly peerAddress: string;
  readonly reachable: boolean;
  /** Counts for decisions: an outgoing voter does, too, until the joint configuration is left. */
  readonly voter: boolean;
  readonly outgoing: boolean;
  /** A learner that becomes a voter by itself. */
  readonly promotes: boolean;
  readonly version: string;
  /** Leader: what it has fetched of our snapshot; null when it fetches none. */
  readonly snapshot: { readonly bytes: number; readonly totalBytes: number } | null;
}
