import { ConclaveError, type ErrorCode } from "../../base/errors.ts";

const endings: ReadonlySet<ErrorCode> = new Set(["NOT_LEADER", "NO_LEADER", "SHUTTING_DOWN"]);

/** True for errors after which this node will refuse whatever else comes on a stream: it ends. */
export function endsStream(error: unknown): boolean {
  return error instanceof ConclaveError && endings.has(error.code);
}
