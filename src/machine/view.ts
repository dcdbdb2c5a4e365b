import type { FencingToken, JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { BreakerCounts } from "./breakers.ts";
import type { Explanation } from "./explain.ts";
import type { JobPage } from "./list.ts";
import type { Scanned, ScanRequest } from "./scan.ts";
import type { Breaker, QueueSettings } from "./settings.ts";
import type { Job, JobFilter, MachineRecord, MetaRecord, QueueStats, Schedule } from "./types.ts";

/** How many there are of what users name: each takes memory, whether or not there are jobs. O(1) to read. */
export interface Kept {
  /** Queues that have jobs; that have settings. */
  readonly queues: number;
  readonly settings: number;
  readonly schedules: number;
  /** Agents with a breaker that is not as new. */
  readonly breakers: number;
  /** Queues and keys of which claims count towards a rate limit. */
  readonly rates: number;
  /** Dedup keys that windows hold, or will once their jobs have ended. */
  readonly windows: number;
  hasQueue(name: string): boolean;
  hasSettings(queue: string): boolean;
  hasSchedule(name: string): boolean;
  hasBreaker(agent: string): boolean;
  hasRate(queue: string, key: string): boolean;
  hasJob(id: JobId): boolean;
  /** Whether a dedup key counts among `windows`. */
  hasWindow(queue: string, key: string): boolean;
}

/** Read-only side of the machine: what status pages, metrics, reads and the dispatcher look at. */
export interface MachineView {
  readonly appliedIndex: LogIndex;
  /** Log time of the last entry applied. */
  readonly now: LogTimeMs;
  /** 16 hex digits; equal on all nodes at equal `appliedIndex`. */
  readonly stateHash: string;
  /** That it follows: see rules.ts. */
  readonly rules: number;
  readonly totals: MetaRecord["totals"];
  readonly runningClaims: number;
  /** Agents with a job that waits for a retry, or with a breaker that is open or half-open; O(1) while no breaker is. */
  readonly agentsInBackoff: number;
  job(id: JobId): Job | undefined;
  /** In order of enqueueing, at most `filter.limit`. */
  list(filter: JobFilter): readonly Job[];
  /** As `list`, yet with a bound on the work. */
  page(filter: JobFilter): JobPage;
  /** As `list`, within bounds of work, for who goes through very many. */
  scan(request: ScanRequest): Scanned;
  /** Of cancelling, redriving or deleting it: 1, and more for who waits for hundreds of jobs, or is waited for. */
  costByHand(id: JobId, deletes: boolean): number;
  /** Of the next job that is enqueued. */
  readonly nextSequence: number;
  queues(): readonly QueueStats[];
  /** Of queues that have jobs or settings, sorted. */
  queueNames(): readonly string[];
  /** The defaults for a queue that was never set. */
  queueSettings(queue: string): QueueSettings;
  /** What is kept by name, beside jobs. */
  readonly kept: Kept;
  /** Breakers that are not as new, in the order of their agents, beginning after `after`. */
  breakers(after?: string, limit?: number): readonly Breaker[];
  /**
   * Jobs of a queue that can be handed out now: above 0 if and only if a claim of one would be handed one. Not all of them
   * where there are very many; see eligible.ts.
   */
  readyCount(queue: string): number;
  /** How many more jobs the queue as a whole may hand out (pause, limits), whether or not there are any; Infinity for no limit. */
  claimRoom(queue: string): number;
  /** Breakers by state; of the closed those that remember a failure. O(1). */
  readonly breakerCounts: BreakerCounts;
  /** Why the job is not running; undefined when it is not known. Looks at some thousand jobs at most. */
  explain(id: JobId): Explanation | undefined;
  /** Earliest log time at which `fireTimers` has something to do, or null. */
  nextTimerAt(): LogTimeMs | null;
  /** Of the first `limit` jobs that are due by `now` and wait for `fireTimers` to make them ready, how many each queue has. */
  dueByQueue(now: LogTimeMs, limit: number): ReadonlyMap<string, number>;
  /** Claims whose lease has run out at `now`, at most `limit`, oldest expiry first. */
  expiredClaims(
    now: LogTimeMs,
    limit: number,
  ): readonly { readonly id: JobId; readonly token: FencingToken }[];
  /** Earliest lease end of all live claims, or null. */
  nextLeaseEnd(): LogTimeMs | null;
  schedule(name: string): Schedule | undefined;
  /** Of all schedules, sorted. */
  scheduleNames(): readonly string[];
}

/**
 * A cut of all that changed since the last cut, as of `appliedIndex`. The machine may go on applying while the
 * records are consumed: what changes meanwhile is kept aside as it was at the cut (copy on write).
 */
export interface CheckpointCut {
  readonly appliedIndex: LogIndex;
  /** Sequence numbers of jobs that are gone. */
  readonly deletes: ReadonlySet<number>;
  /** Side records that are gone, by name. */
  readonly sideDeletes: ReadonlySet<string>;
  readonly size: number;
  /** May be consumed once. Jobs of one page (`pageOf`) come one after the other. */
  records(): Iterable<MachineRecord>;
  /** The cut is durable. */
  done(): void;
  /** The write failed: what was cut is dirty again. */
  abandon(): void;
}
