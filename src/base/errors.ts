/**
 * The one catalogue of errors that users see. `retryable` says whether the same call may be sent again
 * *without* asking what became of the first; docs/errors.md holds each code and what to do, and a test
 * holds the two against each other.
 */
export const errorCatalogue = {
  INVALID_ARGUMENT: { retryable: false, summary: "the request is malformed or out of bounds" },
  PAYLOAD_TOO_LARGE: { retryable: false, summary: "a payload, result or request is over its limit" },
  NOT_FOUND: { retryable: false, summary: "no such job or schedule" },
  STALE_TOKEN: { retryable: false, summary: "the fencing token is not the job's current one" },
  JOB_TERMINAL: { retryable: false, summary: "the job has already ended" },
  JOB_DEAD: { retryable: false, summary: "the job that was waited for is dead: it failed for good" },
  JOB_CANCELLED: { retryable: false, summary: "the job that was waited for was cancelled" },
  DUPLICATE: { retryable: false, summary: "another job holds the dedup key" },
  BREAKER_OPEN: { retryable: false, summary: "the agent's circuit breaker is open" },
  QUEUE_CLOSED: { retryable: false, summary: "the queue takes no jobs in at the moment" },
  BATCH_REFUSED: { retryable: false, summary: "another job of the same atomic batch was refused" },
  WRONG_STATE: { retryable: false, summary: "the job's state does not allow it" },
  LIMIT_REACHED: { retryable: false, summary: "the cluster has as many of these as it may" },
  EVENTS_GONE: { retryable: false, summary: "the events asked for are not kept any more" },
  NOT_LEADER: { retryable: true, summary: "this node is not the leader; nothing was done" },
  NO_LEADER: { retryable: true, summary: "no leader is known at the moment; nothing was done" },
  OVERLOADED: {
    retryable: true,
    summary: "the leader refuses new work until its backlog shrinks; nothing was done",
  },
  SHUTTING_DOWN: { retryable: true, summary: "the node or client is shutting down; nothing was done" },
  UNAVAILABLE: { retryable: true, summary: "no node could be reached; nothing was sent" },
  OUTCOME_UNKNOWN: { retryable: false, summary: "the request was sent and may or may not take effect" },
  DEADLINE_EXCEEDED: {
    retryable: false,
    summary: "no answer within the deadline; the request may take effect",
  },
  ABORTED: { retryable: false, summary: "the caller's AbortSignal fired; the request may take effect" },
  TRANSFER_FAILED: { retryable: true, summary: "leadership was not handed over; the leader goes on leading" },
  MEMBERSHIP_REFUSED: {
    retryable: false,
    summary: "the change of membership was not made; the message says why",
  },
  MEMBER_REMOVED: { retryable: false, summary: "the node was removed from the cluster" },
  FORMAT_UNSUPPORTED: {
    retryable: false,
    summary: "data or a peer of a format that this release cannot read or write",
  },
  BACKUP_INVALID: { retryable: false, summary: "the file is no whole and undamaged backup" },
  LEASE_LOST: { retryable: false, summary: "the claim's lease ran out before it could be renewed" },
  CONFIG_INVALID: {
    retryable: false,
    summary: "the configuration is missing something or contradicts itself",
  },
  IDENTITY_MISMATCH: { retryable: false, summary: "a data directory or peer is not the one it should be" },
  DATA_CORRUPT: { retryable: false, summary: "the data on disk is damaged or has lost its tail" },
  DISK_FAILED: {
    retryable: false,
    summary: "the disk failed a write or a read; the node ends rather than guess",
  },
  INTERNAL: { retryable: false, summary: "a bug: please report it with the message" },
} as const satisfies Record<string, { retryable: boolean; summary: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What a job that did not complete left behind. */
export interface FailedJob {
  readonly id: string;
  readonly state: "dead" | "cancelled";
  readonly reason: string;
  /** Ended attempts, oldest first; the last 20 are kept. */
  readonly history: readonly {
    readonly attempt: number;
    readonly workerId: string;
    readonly startedAtMs: number;
    readonly endedAtMs: number;
    readonly end: string;
    readonly error: string;
  }[];
}

/** What of a value does not fit its schema: `path` as in `items[0].name`, empty for the whole. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

export interface ConclaveErrorOptions {
  readonly cause?: unknown;
  /** Client address (`host:port`) of the leader, when the refusing node knows it. */
  readonly leaderAddress?: string | undefined;
  readonly leaderId?: string | undefined;
  /** Wait at least this long before trying again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Of EVENTS_GONE: the first index from which events can be watched. */
  readonly resumeIndex?: number | undefined;
  /** Of JOB_DEAD and JOB_CANCELLED. */
  readonly job?: FailedJob | undefined;
  /** Of INVALID_ARGUMENT, when a value does not fit its schema. */
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** The only error class that crosses the public surface. */
export class ConclaveError extends Error {
  override readonly name: string = "ConclaveError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly leaderAddress: string | undefined;
  readonly leaderId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** With EVENTS_GONE: the first index from which events can be watched. */
  readonly resumeIndex: number | undefined;
  /** The job that failed: with JOB_DEAD and JOB_CANCELLED. */
  readonly job: FailedJob | undefined;
  /** What does not fit: with INVALID_ARGUMENT, when a schema was asked. */
  readonly issues: readonly SchemaIssue[] | undefined;

  constructor(code: ErrorCode, message: string, options: ConclaveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = errorCatalogue[code].retryable;
    this.leaderAddress = options.leaderAddress;
    this.leaderId = options.leaderId;
    this.retryAfterMs = options.retryAfterMs;
    this.resumeIndex = options.resumeIndex;
    this.job = options.job;
    this.issues = options.issues;
  }
}

/** What can be said of anything that was thrown; some of it has no text, and must not throw once more. */
export function messageOf(thrown: unknown): string {
  try {
    // Programs can make something else of a message than a text.
    const said: unknown = thrown instanceof Error ? thrown.message : thrown;
    return String(said);
  } catch {
    return "what it threw has no text";
  }
}

/** True for a value of the catalogue: guards codes that came over the wire. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errorCatalogue, value);
}
