import { ConclaveError, isErrorCode } from "../base/errors.ts";
import type { ErrorDetail__Output } from "../generated/conclave/v1/ErrorDetail.ts";
import type { RpcStatus__Output } from "../generated/conclave/v1/RpcStatus.ts";
import { wireType } from "./peerWire.ts";

const statusType = wireType<RpcStatus__Output>("RpcStatus");
const detailType = wireType<ErrorDetail__Output>("ErrorDetail");

/** The error in `grpc-status-details-bin`; undefined when there is none that this release can read. */
export function decodeStatusDetails(bytes: Uint8Array): ConclaveError | undefined {
  try {
    const value = statusType.decode(bytes).details[0]?.value;
    return value === undefined ? undefined : errorOf(detailType.decode(value));
  } catch {
    // What a stranger wrote there is not worth an error of its own: the status and its text remain.
    return undefined;
  }
}

function errorOf(detail: ErrorDetail__Output): ConclaveError {
  const { code, message, leaderId, leaderAddress, retryAfterMs } = detail;
  const options = {
    leaderId: leaderId === "" ? undefined : leaderId,
    leaderAddress: leaderAddress === "" ? undefined : leaderAddress,
    retryAfterMs: retryAfterMs === 0 ? undefined : retryAfterMs,
  };
  if (isErrorCode(code)) return new ConclaveError(code, message, options);
  // A newer release's code: what matters is whether to come again.
  return new ConclaveError(
    detail.retryable ? "UNAVAILABLE" : "MEMBERSHIP_REFUSED",
    `${code}: ${message}`,
    options,
  );
}
