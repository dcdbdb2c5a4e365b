import type { ClusterId, JobId, LogTimeMs, NodeId, Term } from "../base/brands.ts";
import type { Act, ActResult, CancelResult, ClaimedJob, EnqueueResult, JobSpec } from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { RaftStatus } from "../raft/config.ts";

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
  status(): NodeView;
  /** Resolves once `state` reflects every write acknowledged before the call (ReadIndex). */
  readBarrier(): Promise<void>;
  enqueue(jobs: readonly JobSpec[]): Promise<readonly EnqueueResult[]>;
  act(acts: readonly Act[]): Promise<readonly ActResult[]>;
  cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]>;
  /** Registers a worker with this leader; throws NOT_LEADER / NO_LEADER. */
  openWorker(subscription: WorkerSubscription): WorkerHandle;
}

export interface WorkerSubscription {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly credits: number;
  /** Jobs whose claim has committed; called only while this node's leader lease holds. */
  onJobs(jobs: readonly ClaimedJob[]): void;
  /** The last call: leadership is gone (NOT_LEADER / NO_LEADER) or the node shuts down. */
  onClosed(error: Error): void;
}

export interface WorkerHandle {
  readonly term: Term;
  addCredits(count: number): void;
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
}

export interface MemberView {
  readonly id: NodeId;
  readonly clientAddress: string;
  readonly reachable: boolean;
  readonly voter: boolean;
}
