import { ConclaveError } from "../base/errors.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { Budget } from "./budget.ts";
import { invalid } from "./checks.ts";
import type { Leader } from "./leader.ts";
import { askStatus } from "./leaderSearch.ts";
import { onLeader } from "./onLeader.ts";
import { protocol } from "./protocol.ts";

const maxJobs = 1_000;
/** What nodes take that are not set otherwise. */
const defaultMaxBytes = 4 * 1024 * 1024;

/** `bytes`: not less than the jobs take on the wire. Throws INVALID_ARGUMENT. True when the nodes have to be asked. */
export function mayBeTooLarge(jobs: number, bytes: number): boolean {
  if (jobs > maxJobs) throw invalid("atomic", jobs, `for more than ${maxJobs} jobs`);
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
