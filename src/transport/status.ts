import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { ConclaveError, type ErrorCode } from "../base/errors.ts";
import { speaksNoGrpc } from "../base/speaksNoGrpc.ts";
import { encodeStatusDetails, errorDetail } from "../codec/api/errorDetail.ts";
import { decodeStatusDetails } from "../codec/peerStatus.ts";

const detailsKey = "grpc-status-details-bin";

/** Those of our codes that a unary call between nodes may fail with and that gRPC has a word for. */
const statusCodes: Readonly<Partial<Record<ErrorCode, status>>> = {
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  NO_LEADER: status.UNAVAILABLE,
  UNAVAILABLE: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
  OUTCOME_UNKNOWN: status.UNKNOWN,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  DISK_FAILED: status.INTERNAL,
  INTERNAL: status.INTERNAL,
};

/** The gRPC status of an error, with the typed details in its trailer. */
export function statusOf(error: ConclaveError): StatusObject {
  const code = statusCodes[error.code] ?? status.FAILED_PRECONDITION;
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(encodeStatusDetails(code, errorDetail(error))));
  return { code, details: `${error.code}: ${error.message}`, metadata };
}

/** The error that a unary call to another node failed with. */
export function errorOfCall(error: ServiceError): ConclaveError {
  const [details] = error.metadata?.get(detailsKey) ?? [];
  const typed = Buffer.isBuffer(details) ? decodeStatusDetails(details) : undefined;
  if (typed !== undefined) return typed;
  if (error.code === status.UNIMPLEMENTED) {
    return new ConclaveError(
      "UNAVAILABLE",
      "what listens there is no node of a release that nodes can join: is it the port for clients (--listen-client)? Nodes " +
        "talk to that of --listen-peer",
      { cause: error },
    );
  }
  if (speaksNoGrpc(error.details)) {
    return new ConclaveError(
      "UNAVAILABLE",
      "what listens there does not speak gRPC: is it the port for HTTP (--listen-http)? Nodes talk to that of --listen-peer",
      { cause: error },
    );
  }
  const code = error.code === status.DEADLINE_EXCEEDED ? "DEADLINE_EXCEEDED" : "UNAVAILABLE";
  return new ConclaveError(code, error.details === "" ? error.message : error.details, { cause: error });
}
