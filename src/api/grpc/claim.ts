import type { ServerUnaryCall } from "@grpc/grpc-js";
import {
  claimedJobToWire,
  type claimRequest,
  type DeliverableJob,
  fittingJobs,
} from "../../codec/api/claims.ts";
import { limits } from "../../codec/api/limits.ts";
import type { ClaimReply } from "../../generated/conclave/v1/ClaimReply.ts";
import type { WorkerHandle } from "../../node/service.ts";
import type { ServiceContext } from "./context.ts";
import { giveBack } from "./giveBack.ts";

/**
 * How long a claim that does not want to wait is given when there are ready jobs: a claim takes one round through
 * the log, so that answering at once would always answer "none".
 */
const claimRoundMs = 1000;

/**
 * `Work.Claim`: a worker that opens, takes what the first delivery and the rest of its turn bring, and leaves.
 * Resolves to an empty reply when the wait is over. Claims under way then are released by the node.
 */
export async function longPoll<Request>(
  context: ServiceContext,
  call: ServerUnaryCall<Request, ClaimReply>,
  asked: ReturnType<typeof claimRequest>,
): Promise<ClaimReply> {
  const jobs = await firstJobs(context, call, asked);
  const fitting = call.cancelled ? 0 : fittingJobs(jobs, limits.maxReplyBytes);
  void giveBack(context, jobs.slice(fitting));
  return { jobs: jobs.slice(0, fitting).map(claimedJobToWire) };
}

function firstJobs<Request>(
  { node, calls, after }: ServiceContext,
  call: ServerUnaryCall<Request, ClaimReply>,
  { waitMs, ...subscription }: ReturnType<typeof claimRequest>,
): Promise<readonly DeliverableJob[]> {
  return new Promise((resolve, reject) => {
    const jobs: DeliverableJob[] = [];
    let handle: WorkerHandle | undefined;
    let settled = false;

    const finish = (error: Error | null): void => {
      if (settled) return;
      settled = true;
      disarm();
      leave();
      handle?.close();
      // Jobs that came are the worker's, whatever ended the wait.
      if (error !== null && jobs.length === 0) reject(error);
      else resolve(jobs);
    };
    const leave = calls.add((reason) => finish(reason));
    const anyReady = subscription.queues.some((queue) => node.state.readyCount(queue) > 0);
    const disarm = after(anyReady ? Math.max(waitMs, claimRoundMs) : waitMs, () => finish(null));
    call.once("cancelled", () => finish(null));

    try {
      handle = node.openWorker({
        ...subscription,
        onJobs: (claimed) => {
          if (jobs.length === 0) setImmediate(() => finish(null));
          jobs.push(...claimed);
        },
        onClosed: (error) => finish(error),
      });
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
