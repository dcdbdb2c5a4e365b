import { JobId, LogTimeMs } from "../../base/brands.ts";
import type { JobSpec, JobSpec__Output } from "../../generated/conclave/v1/JobSpec.ts";
import type * as machine from "../../machine/types.ts";
import { batch, bytesUpTo, line, name, refuse, within, withinOr } from "./check.ts";
import type { EnqueueAsked } from "./enqueueMessages.ts";
import { priorityFrom, wirePriority } from "./enums.ts";
import { jobFeatures, jobFeaturesToWire } from "./jobFeatures.ts";
import { defaults, limits, type SizeLimits } from "./limits.ts";
import { retryPolicy, retryPolicyToWire } from "./retryPolicy.ts";

const ms = " (milliseconds)";

/**
 * All jobs of a request, checked, each with every default filled in: a log entry must mean the same to every
 * version that will ever apply it. One bad job refuses the whole request. `bytes` is the encoded request's size.
 */
export function jobSpecs(
  request: EnqueueAsked,
  bytes: number,
  sizes: SizeLimits,
): readonly machine.JobSpec[] {
  const { maxBatch, maxAtomicBatch } = limits;
  const what = request.atomic ? "jobs (atomic)" : "jobs";
  batch(what, request.jobs.length, request.atomic ? maxAtomicBatch : maxBatch, bytes, sizes.maxBatchBytes);
  if (request.atomic) boundWaiting(request.jobs);
  return request.jobs.map((job, index) => {
    if (!("runAt" in job)) return jobSpec(`jobs[${index}]`, job, sizes);
    if (job.payload.length > sizes.maxPayloadBytes) {
      bytesUpTo(`jobs[${index}].payload`, job.payload, sizes.maxPayloadBytes, "--max-payload");
    }
    return job;
  });
}

function boundWaiting(jobs: EnqueueAsked["jobs"]): void {
  const max = limits.maxAtomicWaitedFor;
  const ids = jobs.reduce((sum, { waitFor }) => sum + (waitFor?.ids.length ?? 0), 0);
  if (ids <= max) return;
  refuse("jobs (atomic)", `wait for ${ids} others in all; at most ${max} are allowed: put a job in between`);
}

/** Throws INVALID_ARGUMENT for an id that could not be echoed exactly. */
export function requestId(value: number): number {
  return within("request_id", value, 0, Number.MAX_SAFE_INTEGER);
}

export function jobSpec(
  at: string,
  job: JobSpec__Output,
  sizes: Pick<SizeLimits, "maxPayloadBytes">,
): machine.JobSpec {
  const { minLeaseMs, maxLeaseMs, maxDelayMs, maxTimeMs, maxAgentCharacters } = limits;
  const kept = (field: string, value: number, fallback: number): number =>
    withinOr(fallback, `${at}.${field}`, value, 1, maxDelayMs, ms);
  return {
    id: JobId(name(`${at}.id`, job.id)),
    queue: name(`${at}.queue`, job.queue),
    priority: priorityFrom(`${at}.priority`, job.priority, "normal"),
    payload: bytesUpTo(`${at}.payload`, job.payload, sizes.maxPayloadBytes, "--max-payload"),
    agent: line(`${at}.agent`, job.agent, maxAgentCharacters),
    runAt: LogTimeMs(within(`${at}.run_at_ms`, job.runAtMs, 0, maxTimeMs, ms)),
    delayMs: within(`${at}.delay_ms`, job.delayMs, 0, maxDelayMs, ms),
    retry: retryPolicy(`${at}.retry`, job.retry),
    leaseMs: withinOr(defaults.leaseMs, `${at}.lease_ms`, job.leaseMs, minLeaseMs, maxLeaseMs, ms),
    retentionMs: kept("retention_ms", job.retentionMs, defaults.retentionMs),
    deadRetentionMs: kept("dead_retention_ms", job.deadRetentionMs, defaults.deadRetentionMs),
    ...jobFeatures(at, job),
  };
}

export function jobSpecToWire(spec: machine.JobSpec): JobSpec {
  return {
    id: spec.id,
    queue: spec.queue,
    priority: wirePriority[spec.priority],
    payload: spec.payload,
    agent: spec.agent,
    runAtMs: spec.runAt,
    delayMs: spec.delayMs,
    retry: retryPolicyToWire(spec.retry),
    leaseMs: spec.leaseMs,
    retentionMs: spec.retentionMs,
    deadRetentionMs: spec.deadRetentionMs,
    ...jobFeaturesToWire(spec),
  };
}
