import { CommanderError } from "commander";
import { ConclaveError, type ErrorCode } from "../base/errors.ts";

/** The one table of exit codes; docs/cli.md holds the same and a test holds the two against each other. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  unavailable: 3,
  notFound: 4,
  diskDamaged: 5,
  identityMismatch: 6,
  outcomeUnknown: 7,
  refused: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "done",
  failure: "failed for a reason without a code of its own; the message says which",
  usage: "wrong flags, arguments or configuration; nothing was done",
  unavailable: "no node or no leader could be reached in time; nothing was done",
  notFound: "there is no such job, schedule or other thing that was named",
  diskDamaged: "the node's data or a backup is damaged, or a disk failed",
  identityMismatch: "the data directory, a peer or whoever answers belongs to another node or cluster",
  outcomeUnknown: "the request was sent and may or may not take effect",
  refused: "the state of the job, the node or the cluster does not allow it",
  interrupted: "ended by Ctrl-C or SIGTERM before it was done, or at once by a second one",
};

const byErrorCode: Readonly<Record<ErrorCode, keyof typeof exitCodes>> = {
  INVALID_ARGUMENT: "usage",
  PAYLOAD_TOO_LARGE: "usage",
  CONFIG_INVALID: "usage",
  NOT_FOUND: "notFound",
  STALE_TOKEN: "refused",
  JOB_TERMINAL: "refused",
  JOB_DEAD: "failure",
  JOB_CANCELLED: "failure",
  DUPLICATE: "refused",
  BREAKER_OPEN: "refused",
  QUEUE_CLOSED: "refused",
  BATCH_REFUSED: "refused",
  WRONG_STATE: "refused",
  LIMIT_REACHED: "refused",
  EVENTS_GONE: "refused",
  TRANSFER_FAILED: "refused",
  MEMBERSHIP_REFUSED: "refused",
  MEMBER_REMOVED: "refused",
  FORMAT_UNSUPPORTED: "refused",
  LEASE_LOST: "refused",
  NOT_LEADER: "unavailable",
  NO_LEADER: "unavailable",
  OVERLOADED: "unavailable",
  SHUTTING_DOWN: "unavailable",
  UNAVAILABLE: "unavailable",
  OUTCOME_UNKNOWN: "outcomeUnknown",
  DEADLINE_EXCEEDED: "outcomeUnknown",
  ABORTED: "interrupted",
  IDENTITY_MISMATCH: "identityMismatch",
  DATA_CORRUPT: "diskDamaged",
  BACKUP_INVALID: "diskDamaged",
  DISK_FAILED: "diskDamaged",
  INTERNAL: "failure",
};

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof ConclaveError) return exitCodes[byErrorCode[error.code]];
  return exitCodes.failure;
}
