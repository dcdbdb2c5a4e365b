import { type ConclaveError, type ErrorCode, errorCatalogue } from "../../base/errors.ts";
import type { ErrorDetail } from "../../generated/conclave/v1/ErrorDetail.ts";
import { messageType } from "../proto.ts";

const statusType = messageType("RpcStatus");
const detailType = messageType("ErrorDetail");

/** The type URL under which a status carries an `ErrorDetail` (proto/conclave/v1/errors.proto). */
const errorDetailUrl = "type.googleapis.com/conclave.v1.ErrorDetail";

export function errorDetail(error: ConclaveError): ErrorDetail {
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    leaderId: error.leaderId ?? "",
    leaderAddress: error.leaderAddress ?? "",
    retryAfterMs: error.retryAfterMs ?? 0,
    resumeIndex: error.resumeIndex ?? 0,
  };
}

/** The machine's refusal of one item of a batch. */
export function refusalToWire(refusal: { readonly code: ErrorCode; readonly message: string }): ErrorDetail {
  return {
    code: refusal.code,
    message: refusal.message,
    retryable: errorCatalogue[refusal.code].retryable,
  };
}

/** The bytes of `grpc-status-details-bin`: a google.rpc.Status with one `ErrorDetail`. `code` is a google.rpc.Code. */
export function encodeStatusDetails(code: number, detail: ErrorDetail): Uint8Array {
  const value = detailType.encode(detailType.fromObject(detail)).finish();
  const status = { code, message: detail.message, details: [{ typeUrl: errorDetailUrl, value }] };
  return statusType.encode(statusType.fromObject(status)).finish();
}
