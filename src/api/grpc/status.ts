import { Metadata, status as Status, type StatusObject } from "@grpc/grpc-js";
import type { ConclaveError, ErrorCode } from "../../base/errors.ts";
import { cut } from "../../codec/api/check.ts";
import { encodeStatusDetails, errorDetail } from "../../codec/api/errorDetail.ts";

/**
 * The google.rpc.Code under which each of our codes travels. Generic clients retry UNAVAILABLE, so only what did
 * nothing maps to it; what may have happened is UNKNOWN, and what repeating cannot mend is never
 * RESOURCE_EXHAUSTED.
 */
const statusCodes = {
  INVALID_ARGUMENT: Status.INVALID_ARGUMENT,
  PAYLOAD_TOO_LARGE: Status.INVALID_ARGUMENT,
  NOT_FOUND: Status.NOT_FOUND,
  STALE_TOKEN: Status.FAILED_PRECONDITION,
  JOB_TERMINAL: Status.FAILED_PRECONDITION,
  JOB_DEAD: Status.FAILED_PRECONDITION,
  JOB_CANCELLED: Status.FAILED_PRECONDITION,
  DUPLICATE: Status.ALREADY_EXISTS,
  BREAKER_OPEN: Status.FAILED_PRECONDITION,
  QUEUE_CLOSED: Status.FAILED_PRECONDITION,
  BATCH_REFUSED: Status.FAILED_PRECONDITION,
  WRONG_STATE: Status.FAILED_PRECONDITION,
  LIMIT_REACHED: Status.RESOURCE_EXHAUSTED,
  EVENTS_GONE: Status.OUT_OF_RANGE,
  NOT_LEADER: Status.FAILED_PRECONDITION,
  NO_LEADER: Status.UNAVAILABLE,
  OVERLOADED: Status.RESOURCE_EXHAUSTED,
  SHUTTING_DOWN: Status.UNAVAILABLE,
  UNAVAILABLE: Status.UNAVAILABLE,
  OUTCOME_UNKNOWN: Status.UNKNOWN,
  DEADLINE_EXCEEDED: Status.DEADLINE_EXCEEDED,
  ABORTED: Status.CANCELLED,
  TRANSFER_FAILED: Status.ABORTED,
  MEMBERSHIP_REFUSED: Status.FAILED_PRECONDITION,
  MEMBER_REMOVED: Status.FAILED_PRECONDITION,
  FORMAT_UNSUPPORTED: Status.FAILED_PRECONDITION,
  BACKUP_INVALID: Status.DATA_LOSS,
  LEASE_LOST: Status.FAILED_PRECONDITION,
  CONFIG_INVALID: Status.FAILED_PRECONDITION,
  IDENTITY_MISMATCH: Status.FAILED_PRECONDITION,
  DATA_CORRUPT: Status.DATA_LOSS,
  DISK_FAILED: Status.INTERNAL,
  INTERNAL: Status.INTERNAL,
} as const satisfies Record<ErrorCode, Status>;

/** Trailers are headers: a proxy may refuse more than 8 KiB of them, and the message is in them twice. */
const maxMessageCharacters = 1024;

export function statusCode(code: ErrorCode): Status {
  return statusCodes[code];
}

/** The gRPC status of an error, with the typed details in its trailer `grpc-status-details-bin`. */
export function statusOf(error: ConclaveError): StatusObject {
  const code = statusCodes[error.code];
  const message = cut(error.message, maxMessageCharacters);
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(encodeStatusDetails(code, { ...errorDetail(error), message })),
  );
  return { code, details: message, metadata };
}
