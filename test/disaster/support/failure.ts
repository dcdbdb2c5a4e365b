import { expect } from "vitest";
import { ConclaveError, type ErrorCode } from "../../../src/base/errors.ts";

/** The error that it rejects with. */
export async function failure(attempt: Promise<unknown>): Promise<ConclaveError> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConclaveError) return error;
  throw new Error(`not a ConclaveError: ${String(error)}`);
}

export async function mustReject(attempt: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  const error = await failure(attempt);
  expect({ code: error.code, message: error.message }).toEqual({
    code,
    message: expect.stringMatching(message),
  });
}
