import type { Duration } from "../base/duration.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { Codec } from "./codec.ts";
import type { Priority } from "./names.ts";

/** A job as its handler sees it. */
export interface WorkerJob<Input = unknown, Saved = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly data: Input;
  /** 1 for the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Only grows from claim to claim: show it to whatever the job writes to, and let that refuse a lower one. */
  readonly fencingToken: number;
  /** Empty for none. */
  readonly agent: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  /** Empty for none. */
  readonly key: string;
  readonly leaseMs: number;
  /** An attempt that takes longer is ended by the cluster; undefined for no bound. */
  readonly attemptTimeoutMs: number | undefined;
  /** What an attempt before this one saved last; undefined for nothing. Also after a crash of that one's worker. */
  readonly checkpoint: Saved | undefined;
  /** The jobs that this one waited for, and what they came to; see `waitFor`. */
  readonly dependencies: readonly JobDependency[];
  /**
   * Aborts when the work should stop. Its reason: ConclaveError LEASE_LOST (another worker may have the job by
   * now), JobCancelled, or ConclaveError SHUTTING_DOWN (this worker stops; the job goes back unspent).
   */
  readonly signal: AbortSignal;
  /**
   * Leases are renewed without being asked; this renews at once and resolves when the cluster has it. Rejects
   * with LEASE_LOST: to be called before something that must not be done by two.
   */
  extend(): Promise<void>;
  /**
   * Keeps `value` for the next attempt, should there be one. Once it resolves, a majority of the nodes has it on disk, and
   * it was accepted under this attempt's fencing token. Rejects with STALE_TOKEN or LEASE_LOST when the job is in other
   * hands, PAYLOAD_TOO_LARGE (64 KiB, unless the nodes are set otherwise), ABORTED once the handler has ended.
   */
  saveCheckpoint(value: Saved): Promise<void>;
  /** Shown with the job while it runs: 0 to 100, undefined for not told. Sent a few times a second at most. */
  progress(percent: number | undefined, note?: string): void;
  /** Ends the handler (it throws): the job comes again after `delay`, and the attempt does not count. */
  snooze(delay: Duration): never;
}

/** A job that another one waited for. */
export interface JobDependency {
  readonly id: string;
  readonly state: "completed" | "dead" | "cancelled" | undefined;
  /** What its handler returned, read as JSON (bytes that are none as they are); undefined unless it completed. */
  readonly result: unknown;
  /** The results of all together were too large to come along: `jobs.get` has it. */
  readonly resultDropped: boolean;
  /** Why it is dead or cancelled. */
  readonly reason: string;
}

/** What it returns is the job's result; what it throws fails the attempt (see NonRetryableError, RetryAfterError). */
export type Handler<Input = unknown, Output = unknown> = (job: WorkerJob<Input>) => Output | Promise<Output>;

export interface WorkOptions<Input = unknown, Output = unknown> {
  /** Jobs at a time; 1 to 10000, default 1. */
  readonly concurrency?: number | undefined;
  /** Shown with its claims; default: made from host name and process id, and unique. */
  readonly workerId?: string | undefined;
  /** How long `stop` lets running jobs finish before it aborts them; default 30 s. */
  readonly drain?: Duration | undefined;
  /** How long `stop` then waits for the aborted ones to end, before it gives their jobs back; default 5 s. */
  readonly kill?: Duration | undefined;
  /**
   * A handler that has run for so long counts as stuck in `health`; default: never. One that goes on for 10 s after its
   * signal has aborted always does.
   */
  readonly stuckAfter?: Duration | undefined;
  /** Told when the worker begins or ceases to consume; that it is full, only once that has lasted for 10 s. */
  readonly onHealth?: ((health: WorkerHealth) => void) | undefined;
  /** Aborting it stops the worker, as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Default: JSON. */
  readonly codec?: Codec<Input> | undefined;
  readonly resultCodec?: Codec<Output> | undefined;
  readonly checkpointCodec?: Codec<unknown> | undefined;
  /** Told once a majority of the nodes has on disk what became of a job: completed, failed, or given back. */
  readonly onAcknowledged?: ((outcome: AcknowledgedOutcome) => void) | undefined;
  /** Told of what does not reach a handler: a lost connection or lease, a refused outcome. */
  readonly onError?: ((error: ConclaveError, context: WorkErrorContext) => void) | undefined;
}

export interface AcknowledgedOutcome {
  readonly jobId: string;
  readonly queue: string;
  readonly attempt: number;
  /** `released`: snoozed, or given back by a worker that stops. */
  readonly type: "completed" | "failed" | "released";
  /** When the next attempt is due, by the cluster's clock, of one that failed; undefined: there is none, the job has ended. */
  readonly retryAt: Date | undefined;
}

export interface WorkErrorContext {
  readonly workerId: string;
  /** The job it is about, if any. */
  readonly jobId: string | undefined;
}

/** `connecting`: no leader takes it at the moment; `consuming`; `draining`: stops; `closed`. */
export type WorkerState = "connecting" | "consuming" | "draining" | "closed";

/**
 * `connecting`: no leader takes it. `full`: all slots are taken, as they are on a busy worker. `stuck`: all are, and at
 * least one by a handler that does not end (see `stuckAfter`). `unacknowledged`: too many outcomes wait for the cluster.
 * `stalled`: the event loop stood still. `draining`, `closed`: it was told to.
 */
export interface NotConsuming {
  readonly code: "connecting" | "full" | "stuck" | "unacknowledged" | "stalled" | "draining" | "closed";
  readonly message: string;
}

export interface WorkerHealth {
  readonly state: WorkerState;
  /** A job that became ready now would come here at once. */
  readonly consuming: boolean;
  /** Why it does not consume; undefined while it does. */
  readonly reason: NotConsuming | undefined;
  /** Since when it does or, for that reason, does not. */
  readonly since: Date;
  readonly running: number;
  /** Ended jobs whose outcome the cluster has not acknowledged yet. */
  readonly unacknowledged: number;
  /** What went wrong last, also when it is over. */
  readonly lastError: ConclaveError | undefined;
}

export interface StopOptions {
  /** Default: the worker's own `drain`. A later call can only shorten it. */
  readonly drain?: Duration | undefined;
  /** Default: the worker's own `kill`. */
  readonly kill?: Duration | undefined;
}
