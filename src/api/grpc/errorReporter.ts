import { randomBytes } from "node:crypto";
import type { StatusObject } from "@grpc/grpc-js";
import { ConclaveError, type ErrorCode, errorCatalogue } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import { errorDetail } from "../../codec/api/errorDetail.ts";
import type { ErrorDetail } from "../../generated/conclave/v1/ErrorDetail.ts";
import { statusOf } from "./status.ts";

/** Codes whose messages are for the operator: they may name files, settings or peers. */
const operatorsOnly: ReadonlySet<ErrorCode> = new Set([
  "CONFIG_INVALID",
  "DATA_CORRUPT",
  "DISK_FAILED",
  "INTERNAL",
]);

/**
 * The one gate through which errors leave the node. What is meant for callers passes; everything else is logged
 * under an id, and the caller gets only that id.
 */
export class ErrorReporter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `where` is the method's path, for the log. */
  status(error: unknown, where: string): StatusObject {
    return statusOf(this.published(error, where));
  }

  /** The in-band form, for one request of a stream. */
  detail(error: unknown, where: string): ErrorDetail {
    return errorDetail(this.published(error, where));
  }

  published(error: unknown, where: string): ConclaveError {
    if (error instanceof ConclaveError && !operatorsOnly.has(error.code)) return error;
    const code = error instanceof ConclaveError ? error.code : "INTERNAL";
    const id = randomBytes(6).toString("hex");
    this.#logger.error({ err: error, errorId: id, rpc: where }, "a call failed for a reason of this node");
    return new ConclaveError(
      code,
      `${errorCatalogue[code].summary}; the node's log has the reason under error id ${id}`,
    );
  }
}
