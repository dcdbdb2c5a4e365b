import { type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { ConclaveError, type ErrorCode, isErrorCode, messageOf } from "../base/errors.ts";
import { speaksNoGrpc } from "../base/speaksNoGrpc.ts";
import type { ErrorDetail__Output } from "../generated/conclave/v1/ErrorDetail.ts";
import { protocol } from "./protocol.ts";

const detailType = "type.googleapis.com/conclave.v1.ErrorDetail";

/** What a status means that came without an ErrorDetail: from gRPC itself, a proxy, or something else listening there. */
const codeOfStatus: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.INVALID_ARGUMENT]: "INVALID_ARGUMENT",
  [status.OUT_OF_RANGE]: "INVALID_ARGUMENT",
  [status.UNAUTHENTICATED]: "INVALID_ARGUMENT",
  [status.PERMISSION_DENIED]: "INVALID_ARGUMENT",
  [status.NOT_FOUND]: "NOT_FOUND",
  [status.RESOURCE_EXHAUSTED]: "PAYLOAD_TOO_LARGE",
  [status.FAILED_PRECONDITION]: "NOT_LEADER",
  [status.DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [status.UNAVAILABLE]: "UNAVAILABLE",
  [status.UNIMPLEMENTED]: "INTERNAL",
};

const untyped = new WeakSet<ConclaveError>();

/** Made of a bare status. It may be a proxy's, or another program's at that address: it says nothing of the other nodes. */
export function isUntyped(error: ConclaveError): boolean {
  return untyped.has(error);
}

/** The error that an ErrorDetail of the wire stands for. A code of a newer release is kept in the message. */
export function fromDetail(detail: ErrorDetail__Output, cause?: unknown): ConclaveError {
  const known = isErrorCode(detail.code);
  const code = isErrorCode(detail.code) ? detail.code : detail.retryable ? "UNAVAILABLE" : "INTERNAL";
  return new ConclaveError(code, known ? detail.message : `${detail.code}: ${detail.message}`, {
    cause,
    leaderId: detail.leaderId === "" ? undefined : detail.leaderId,
    leaderAddress: detail.leaderAddress === "" ? undefined : detail.leaderAddress,
    retryAfterMs: detail.retryAfterMs === 0 ? undefined : detail.retryAfterMs,
    resumeIndex: detail.resumeIndex === 0 ? undefined : detail.resumeIndex,
  });
}

/**
 * A failed call as the one error class. Without an ErrorDetail nobody knows how far a broken call came
 * (OUTCOME_UNKNOWN), but for the statuses that say so.
 */
export function fromGrpc(error: ServiceError | StatusObject, address: string): ConclaveError {
  const detail = detailOf(error);
  if (detail !== undefined) return fromDetail(detail, error);
  const port = wrongPort(error);
  if (port !== undefined) {
    const message = `${address}: ${port} Clients connect to that of --listen-client (7400 by default)`;
    return new ConclaveError("UNAVAILABLE", message, { cause: error });
  }
  const code = codeOfStatus[error.code] ?? "OUTCOME_UNKNOWN";
  const bare = new ConclaveError(code, `${address}: ${status[error.code]}: ${error.details}`, {
    cause: error,
  });
  untyped.add(bare);
  return bare;
}

/** Undefined when nothing points to it. Every node that serves clients tells its status. */
function wrongPort({ code, details }: ServiceError | StatusObject): string | undefined {
  if (code === status.UNIMPLEMENTED && details.endsWith("/conclave.v1.Cluster/Status")) {
    return "what listens there serves no clients: is it a node's port for peers (--listen-peer)?";
  }
  if (code === status.UNAVAILABLE && speaksNoGrpc(details)) {
    return "what listens there does not speak gRPC: is it a node's port for HTTP (--listen-http)?";
  }
  return undefined;
}

function detailOf(error: ServiceError | StatusObject): ErrorDetail__Output | undefined {
  const [packed] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (packed === undefined || typeof packed === "string") return undefined;
  try {
    const { details } = protocol.RpcStatus.deserialize(packed);
    const found = details.find((any) => any.typeUrl === detailType);
    return found === undefined ? undefined : protocol.ErrorDetail.deserialize(found.value);
  } catch {
    // Not one of our servers: the plain status has to do.
    return undefined;
  }
}

/** Any thrown value as a ConclaveError; what is none already is a bug of ours or of the runtime. */
export function asConclaveError(error: unknown): ConclaveError {
  if (error instanceof ConclaveError) return error;
  return new ConclaveError("INTERNAL", `unexpected error in the client: ${messageOf(error)}`, {
    cause: error,
  });
}
