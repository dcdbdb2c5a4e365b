import { ConclaveError } from "../base/errors.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { Budget } from "./budget.ts";
import { invalid } from "./checks.ts";
import type { Leader } from "./leader.ts";
import { askStatus } from "./leaderSearch.ts";
import { onLeader } from "./onLeader.ts";
import { protocol, whyNoEnqueue } from "./protocol.ts";

/** What nodes take that are not set otherwise. */
const defaultMaxBytes = 4 * 1024 * 1024;

/** `bytes`: not less than the jobs take on the wire. Throws INVALID_ARGUMENT. True when the nodes have to be asked. */
export function mayBeTooLarge(jobs: readonly JobSpec[], bytes: number): boolean {
  const { maxAtomicBatch, maxAtomicWaitedFor } = jobBounds;
  if (jobs.length > maxAtomicBatch)
    throw invalid("atomic", jobs.length, `for more than ${maxAtomicBatch} jobs`);
  const waitedFor = jobs.reduce((sum, { waitFor }) => sum + (waitFor?.ids?.length ?? 0), 0);
  if (waitedFor > maxAtomicWaitedFor) {
    throw invalid(
      "atomic",
      waitedFor,
      `for jobs that wait for more than ${maxAtomicWaitedFor} others in all: put a job in between`,
    );
  }
  return bytes > defaultMaxBytes;
}

/**
 * An atomic batch is one request, and a request that is too large would end the stream that it shares with others. Asks the
 * leader how much it takes. Rejects with PAYLOAD_TOO_LARGE.
 */
export async function checkAtomicBatch(
  leader: Leader,
  jobs: readonly JobSpec[],
  budget: Budget,
): Promise<void> {
  const request = { requestId: Number.MAX_SAFE_INTEGER, jobs: [...jobs], atomic: true };
  const unwritable = whyNoEnqueue(request);
  if (unwritable !== undefined) throw unwritable;
  const bytes = protocol.Jobs.service.Enqueue.requestSerialize(request).length;
  const { sizes } = await onLeader(leader, budget, (node, limits) => askStatus(node, limits));
  const most = sizes === null || sizes.maxBatchBytes === 0 ? defaultMaxBytes : sizes.maxBatchBytes;
  if (bytes <= most) return;
  throw new ConclaveError(
    "PAYLOAD_TOO_LARGE",
    `the atomic batch has ${bytes} bytes; the nodes take at most ${most} in a request: send less at once, or raise --max-batch ` +
      "of all nodes (up to 8MiB)",
  );
}
