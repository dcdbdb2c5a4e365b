import type { NodeId, Term } from "../base/brands.ts";
import type { Duration } from "../base/duration.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { EnqueueItem } from "../client/index.ts";

/** A function that runs on the elected leader only. Returning ends it for this leadership; throwing restarts it. */
export type Duty = (context: DutyContext) => Promise<void>;

/** What a duty is told and may do. Nothing of it tells or does anything once this leadership is over. */
export interface DutyContext {
  /** The duty's name, as in logs and metrics. */
  readonly name: string;
  readonly nodeId: NodeId;
  /**
   * The term of this leadership, and the duty's fencing token: it only grows from leader to leader. Show it to whatever
   * the duty writes to, and let that refuse a lower one.
   */
  readonly term: Term;
  /**
   * Aborts when leadership is lost, before a successor is asked to take over, and when the node stops or the duty is
   * stopped. `aborted` and `throwIfAborted()` look at the leader's lease and the clock at that very moment, so a process
   * that was paused cannot find it unaborted afterwards, whatever woke it.
   */
  readonly signal: AbortSignal;
  /** Log time now, in ms since the Unix epoch: the clock that the jobs' due times go by. */
  readonly logTime: () => number;
  /** Resolves after `duration`, to 20 ms or so; rejects with the signal's reason. */
  readonly sleep: (duration: Duration) => Promise<void>;
  /**
   * Enqueues under this leadership: the jobs come into being only by an entry of this very term. At most 4 MiB in one
   * call. Rejects with the signal's reason, OVERLOADED (nothing was done), or OUTCOME_UNKNOWN when leadership was lost on
   * the way; with ids of your own, whoever leads next may repeat it.
   */
  readonly enqueue: (jobs: readonly EnqueueItem[]) => Promise<readonly DutyEnqueued[]>;
}

/** What became of a job of a duty; without an error it is on a majority's disks. */
export interface DutyEnqueued {
  readonly id: string;
  /** A job with this id, or one that holds the dedup key, was there before; it is unchanged, and `id` names it. */
  readonly existing: boolean;
  /** It was refused by itself: DUPLICATE, BREAKER_OPEN, QUEUE_CLOSED, NOT_FOUND. The others are as they say. */
  readonly error: ConclaveError | undefined;
}

export interface DutyOptions {
  /** For logs and metrics, `[A-Za-z0-9._/-]{1,64}`, one of a kind on this node; default `duty-1`, `duty-2`, ... */
  readonly name?: string | undefined;
  /** The wait before a duty that threw is run again: `initial * multiplier^(n-1)`, at most `max`, less up to half of it. */
  readonly backoff?: BackoffOptions | undefined;
}

/** Defaults 1 s, 2 and 60 s (`initial`, if that is more); within 1 ms to a day, 1 to 100, and `initial` to a day. */
export interface BackoffOptions {
  readonly initial?: Duration | undefined;
  readonly multiplier?: number | undefined;
  readonly max?: Duration | undefined;
}

/** A duty that was given to a node. */
export interface LeaderDuty extends AsyncDisposable {
  readonly name: string;
  /** It runs in this process at this moment. */
  readonly running: boolean;
  /** Aborts its signal and takes it back; resolves once it has ended. Not to be awaited by the duty itself. */
  stop(): Promise<void>;
}

/** Where duties report what happens. */
export interface DutyTelemetry {
  /** There is a duty of this name; it has not run yet. */
  dutyKnown(name: string): void;
  dutyBegan(name: string): void;
  /** `failed`: it threw while it still led. */
  dutyEnded(name: string, failed: boolean): void;
}
