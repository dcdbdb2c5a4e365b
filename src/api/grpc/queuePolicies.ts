import { ConclaveError } from "../../base/errors.ts";
import { policiesSince } from "../../codec/formats.ts";
import type { QueuePatch, RetryPolicy, ScheduleSpec } from "../../machine/types.ts";
import type { NodeService } from "../../node/service.ts";

/**
 * Throws FORMAT_UNSUPPORTED for a retry policy of a queue while some member may not know that there are any. Taking one away
 * says nothing to who does not.
 */
export function checkPolicy(node: NodeService, { retry }: QueuePatch): void {
  if (retry === undefined || retry.byDefault === true || allKnowPolicies(node)) return;
  throw new ConclaveError(
    "FORMAT_UNSUPPORTED",
    "not every member is known to read retry policies of queues: nothing was changed. Upgrade the members, or start those " +
      "that have not been heard of; `conclave status` then shows format " +
      `${policiesSince} or above`,
  );
}

/**
 * The schedule with a policy of its own, where a member might forget that nobody asked for it. Not where the state shows that
 * all knew: a member that has not been heard since the leader started is no reason for it to ignore its queue's policy ever after.
 */
export function withPolicy(node: NodeService, spec: ScheduleSpec): ScheduleSpec {
  if (spec.job.retry.byDefault !== true || allKnowPolicies(node) || allKnew(node, spec)) return spec;
  const { byDefault: _, ...retry } = spec.job.retry;
  return { ...spec, job: { ...spec.job, retry: retry satisfies RetryPolicy } };
}

/** This schedule or its queue has what only members that know policies were given. */
function allKnew({ state }: NodeService, { name, job }: ScheduleSpec): boolean {
  return (
    state.schedule(name)?.spec.job.retry.byDefault === true || state.queueSettings(job.queue).retry !== null
  );
}

/** Where it does not lead the node refuses the write anyway. */
function allKnowPolicies(node: NodeService): boolean {
  const { raft, format } = node.status();
  return raft.role !== "leader" || format >= policiesSince;
}
