import type { ServerUnaryCall } from "@grpc/grpc-js";
import type { JobId } from "../../base/brands.ts";
import { ConclaveError } from "../../base/errors.ts";
import { shown } from "../../codec/api/check.ts";
import { endedJobToWire } from "../../codec/api/job.ts";
import type { WaitReply } from "../../generated/conclave/v1/WaitReply.ts";
import type { ServiceContext } from "./context.ts";
import { readable } from "./standing.ts";

export function noSuchJob(id: JobId): ConclaveError {
  return new ConclaveError(
    "NOT_FOUND",
    `no job ${shown(id)}: it was never enqueued, or its retention is over`,
  );
}

/** `Jobs.Wait`: a linearizable look, and then until the job has ended, the wait is over, or the caller has left. */
export async function wait<Request>(
  context: ServiceContext,
  call: ServerUnaryCall<Request, WaitReply>,
  { id, waitMs }: { readonly id: JobId; readonly waitMs: number },
): Promise<WaitReply> {
  const { node } = context;
  await readable(node, false);
  if (!node.ends.over(id) && waitMs > 0) await ended(context, call, id, waitMs);
  const job = node.state.job(id);
  if (job === undefined) throw noSuchJob(id);
  return { job: endedJobToWire(job) };
}

/** Rejects with SHUTTING_DOWN when the node stops. */
function ended<Request>(
  { node, calls, after }: ServiceContext,
  call: ServerUnaryCall<Request, WaitReply>,
  id: JobId,
  waitMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      disarm();
      leave();
      unwatch();
      then();
    };
    const leave = calls.add((reason) => settle(() => reject(reason)));
    const unwatch = node.ends.watch(id, () => settle(resolve));
    const disarm = after(waitMs, () => settle(resolve));
    // Its answer goes nowhere.
    call.once("cancelled", () => settle(resolve));
  });
}
