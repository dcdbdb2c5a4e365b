import { ConclaveError } from "../../src/base/errors.ts";

/** The ConclaveError that `work` rejects with; fails for any other ending. */
export async function failureOf(work: PromiseLike<unknown>): Promise<ConclaveError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ConclaveError) return error;
    throw new Error(`expected a ConclaveError, got ${String(error)}`, { cause: error });
  }
  throw new Error("expected a rejection");
}
