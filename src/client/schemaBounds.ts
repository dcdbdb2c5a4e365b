import { ConclaveError } from "../base/errors.ts";
import type { Budget } from "./budget.ts";
import type { Leader } from "./leader.ts";
import type { Bound } from "./schema.ts";
import { onAbort } from "./signals.ts";

/** A call's wait for its schemas: for as long as its budget lasts, and until the cluster handle is closed. */
export function withinCall(budget: Budget, leader: Pick<Leader, "checkOpen" | "closing" | "gone">): Bound {
  return async (answer, what) => {
    leader.checkOpen();
    let unlisten = (): void => undefined;
    const closed = new Promise<never>((_, reject) => {
      unlisten = onAbort(leader.closing, () => {
        const message = `the cluster handle was closed while the schema of ${what} had yet to answer`;
        reject(leader.gone ?? new ConclaveError("SHUTTING_DOWN", message));
      });
    });
    try {
      return await budget.race(Promise.race([answer, closed]));
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "DEADLINE_EXCEEDED") throw error;
      const message = `the schema of ${what} has not answered within ${budget.timeoutMs} ms: its validate is still at it`;
      throw new ConclaveError("DEADLINE_EXCEEDED", message, { cause: error });
    } finally {
      unlisten();
    }
  };
}

/** A worker's wait for its schemas: until the job should stop. */
export function untilAborted(job: { readonly signal: AbortSignal }): Bound {
  return async (answer) => {
    const { signal } = job;
    signal.throwIfAborted();
    let unlisten = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      unlisten = onAbort(signal, () => reject(signal.reason as Error));
    });
    try {
      return await Promise.race([answer, stopped]);
    } finally {
      unlisten();
    }
  };
}
