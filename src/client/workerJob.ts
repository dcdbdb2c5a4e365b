import type { Duration } from "../base/duration.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { Dependency__Output } from "../generated/conclave/v1/Dependency.ts";
import { type AttemptActs, snooze } from "./attemptActs.ts";
import { codecOr, decodeWith, encodeWith, jsonCodec } from "./codec.ts";
import type { HeldClaim } from "./heldClaim.ts";
import { dependencyView } from "./jobView.ts";
import { priorityFromWire } from "./names.ts";
import type { JobDependency, WorkerJob, WorkOptions } from "./workerTypes.ts";

export interface WorkerJobParts {
  readonly acts: (claim: HeldClaim) => AttemptActs;
  readonly extend: (claim: HeldClaim) => Promise<void>;
  readonly checkpointCodec: WorkOptions["checkpointCodec"];
}

/** What a claimed job says by itself, without decoding. */
export function claimFields(job: ClaimedJob__Output) {
  return {
    id: job.id,
    queue: job.queue,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    fencingToken: job.fencingToken,
    agent: job.agent,
    priority: priorityFromWire(job.priority),
    tags: job.tags,
    key: job.key,
    leaseMs: job.leaseMs,
    attemptTimeoutMs: job.attemptTimeoutMs === 0 ? undefined : job.attemptTimeoutMs,
  };
}

/**
 * A claimed job as its handler sees it. All that is in it is its own, so that handlers may take it apart or hand on a copy
 * with more in it. `parts`: the same for all jobs of a worker.
 */
export function workerJob<Input>(claim: HeldClaim, data: Input, parts: WorkerJobParts): WorkerJob<Input> {
  const { job } = claim;
  return {
    ...claimFields(job),
    data,
    get signal() {
      return claim.signal;
    },
    get checkpoint() {
      const codec = codecOr(parts.checkpointCodec);
      return job.checkpoint === null
        ? undefined
        : decodeWith(codec, job.checkpoint.data, "the job's checkpoint");
    },
    get dependencies() {
      return job.dependencies.map(jobDependency);
    },
    extend: () => parts.extend(claim),
    saveCheckpoint: async (value) => {
      const codec = codecOr(parts.checkpointCodec);
      await parts.acts(claim).save(encodeWith(codec, value, "the job's checkpoint"));
    },
    progress: (percent, note = "") => parts.acts(claim).report(percent, note),
    snooze: (delay: Duration) => {
      throw snooze(delay);
    },
  };
}

export function jobDependency(dependency: Dependency__Output): JobDependency {
  const { result, ...rest } = dependencyView(dependency);
  return {
    ...rest,
    result: result === undefined ? undefined : decodeWith(jsonCodec, result, `the result of job ${rest.id}`),
  };
}
