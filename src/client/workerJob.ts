import type { Duration } from "../base/duration.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { Dependency__Output } from "../generated/conclave/v1/Dependency.ts";
import { type AttemptActs, snooze } from "./attemptActs.ts";
import { codecOr, decodeWith, encodeWith, jsonCodec } from "./codec.ts";
import type { HeldClaim } from "./heldClaim.ts";
import { dependencyView } from "./jobView.ts";
import { type Priority, priorityFromWire } from "./names.ts";
import type { JobDependency, WorkerJob, WorkOptions } from "./workerTypes.ts";

interface WorkerJobParts {
  readonly acts: (claim: HeldClaim) => AttemptActs;
  readonly extend: (claim: HeldClaim) => Promise<void>;
  readonly checkpointCodec: WorkOptions["checkpointCodec"];
}

/** What a claimed job says by itself, without decoding. */
export function claimFields(job: ClaimedJob__Output): Pick<ClaimFields, keyof ClaimFields> {
  return new ClaimFields(job);
}

class ClaimFields {
  readonly id: string;
  readonly queue: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly fencingToken: number;
  readonly agent: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly key: string;
  readonly leaseMs: number;
  readonly attemptTimeoutMs: number | undefined;

  constructor(job: ClaimedJob__Output) {
    this.id = job.id;
    this.queue = job.queue;
    this.attempt = job.attempt;
    this.maxAttempts = job.maxAttempts;
    this.fencingToken = job.fencingToken;
    this.agent = job.agent;
    this.priority = priorityFromWire(job.priority);
    this.tags = job.tags;
    this.key = job.key;
    this.leaseMs = job.leaseMs;
    this.attemptTimeoutMs = job.attemptTimeoutMs === 0 ? undefined : job.attemptTimeoutMs;
  }
}

/**
 * A claimed job as its handler sees it. What most handlers never look at is made when they do; functions are no methods,
 * so that handlers may take them off the job (`({ data, progress }) => ...`).
 */
export class ClaimedWork<Input> extends ClaimFields implements WorkerJob<Input> {
  readonly data: Input;
  readonly #claim: HeldClaim;
  readonly #parts: WorkerJobParts;

  /** `parts`: the same for all jobs of a worker. */
  constructor(claim: HeldClaim, data: Input, parts: WorkerJobParts) {
    super(claim.job);
    this.data = data;
    this.#claim = claim;
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return this.#claim.signal;
  }

  get checkpoint(): unknown {
    const { checkpoint } = this.#job;
    if (checkpoint === null) return undefined;
    return decodeWith(codecOr(this.#parts.checkpointCodec), checkpoint.data, "the job's checkpoint");
  }

  get dependencies(): readonly JobDependency[] {
    return this.#job.dependencies.map(jobDependency);
  }

  get extend(): WorkerJob<Input>["extend"] {
    return () => this.#parts.extend(this.#claim);
  }

  get saveCheckpoint(): WorkerJob<Input>["saveCheckpoint"] {
    return async (value) => {
      const codec = codecOr(this.#parts.checkpointCodec);
      await this.#acts.save(encodeWith(codec, value, "the job's checkpoint"));
    };
  }

  get progress(): WorkerJob<Input>["progress"] {
    return (percent, note = "") => this.#acts.report(percent, note);
  }

  get snooze(): WorkerJob<Input>["snooze"] {
    return (delay: Duration) => {
      throw snooze(delay);
    };
  }

  get #job(): ClaimedJob__Output {
    return this.#claim.job;
  }

  get #acts(): AttemptActs {
    return this.#parts.acts(this.#claim);
  }
}

export function jobDependency(dependency: Dependency__Output): JobDependency {
  const { result, ...rest } = dependencyView(dependency);
  return {
    ...rest,
    result: result === undefined ? undefined : decodeWith(jsonCodec, result, `the result of job ${rest.id}`),
  };
}
