import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Act } from "../generated/conclave/v1/Act.ts";
import type { ActReply__Output } from "../generated/conclave/v1/ActReply.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { ClaimReply__Output } from "../generated/conclave/v1/ClaimReply.ts";
import { checkNote, checkPercent } from "./attemptActs.ts";
import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import { checkDuration, checkName, invalid } from "./checks.ts";
import { ClaimCheckpoints } from "./claimCheckpoints.ts";
import { type Codec, codecOr, decodeWith, encodeWith } from "./codec.ts";
import type { Leader } from "./leader.ts";
import type { Priority } from "./names.ts";
import type { Node } from "./nodes.ts";
import { isRefusal, onLeader, Pursuit } from "./onLeader.ts";
import { failureOf } from "./outcome.ts";
import { asConclaveError, fromDetail } from "./wireErrors.ts";
import { claimFields, jobDependency } from "./workerJob.ts";
import { checkQueues, newWorkerId } from "./workerNames.ts";
import type { JobDependency } from "./workerTypes.ts";

export interface ClaimOptions<Input = unknown, Output = unknown> extends CallOptions {
  /** Most jobs to claim; 1 to 1000, default 1. */
  readonly slots?: number | undefined;
  /** How long to wait for the first; 0 to 60 s, default 0. */
  readonly wait?: Duration | undefined;
  readonly workerId?: string | undefined;
  /** Default: JSON. */
  readonly codec?: Codec<Input> | undefined;
  readonly resultCodec?: Codec<Output> | undefined;
  readonly checkpointCodec?: Codec<unknown> | undefined;
}

/** A job that was claimed by hand. Its lease is the caller's to extend, its outcome the caller's to report. */
export interface ClaimedJob<Input = unknown, Output = unknown> {
  readonly id: string;
  readonly queue: string;
  /** Decoded when first read: throws INVALID_ARGUMENT when the codec does not take it. */
  readonly data: Input;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly fencingToken: number;
  readonly agent: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly key: string;
  readonly leaseMs: number;
  /** An attempt that takes longer is ended by the cluster; undefined for no bound. */
  readonly attemptTimeoutMs: number | undefined;
  /** What an attempt before this one saved last; undefined for nothing. Decoded when read, as `data`. */
  readonly checkpoint: unknown;
  /** The jobs that this one waited for, and what they came to. */
  readonly dependencies: readonly JobDependency[];
  /** End of the lease in the cluster's log time, ms since the epoch. */
  readonly expiresAtMs: number;
  complete(result: Output, options?: CallOptions): Promise<void>;
  /** `error` as a handler would throw it. Resolves with the due time of the next attempt; undefined when it is dead. */
  fail(error: unknown, options?: CallOptions): Promise<{ readonly nextDueAtMs: number | undefined }>;
  /** Renews the lease for its full length from now. */
  extend(options?: CallOptions): Promise<{ readonly expiresAtMs: number; readonly cancelRequested: boolean }>;
  /** Gives it back at the cost of no attempt; with `delay` it comes again after that. */
  release(options?: CallOptions & { readonly delay?: Duration | undefined }): Promise<void>;
  /**
   * Keeps `value` for the next attempt, should there be one; see `WorkerJob.saveCheckpoint`. What was saved before `complete`,
   * `fail` or `release` goes before it.
   */
  saveCheckpoint(value: unknown, options?: CallOptions): Promise<void>;
  /** Shown with the job while it runs: 0 to 100, undefined for not told. */
  progress(percent: number | undefined, note?: string, options?: CallOptions): Promise<void>;
}

const maxWaitMs = 60_000;
/** Beyond the wait: for the claim to commit and the answer to come. */
const answerMs = 5_000;

/**
 * One unary claim. Tried again only after an answer that says that nothing was done: once it may have arrived,
 * a second one could take a second set of jobs, so a broken call rejects with OUTCOME_UNKNOWN (the jobs, if any,
 * come back when their leases end).
 */
export async function claimJobs<Input, Output>(
  leader: Leader,
  queues: string | readonly string[],
  options: ClaimOptions<Input, Output>,
): Promise<readonly ClaimedJob<Input, Output>[]> {
  const { slots = 1 } = options;
  if (!Number.isInteger(slots) || slots < 1 || slots > 1_000) {
    throw invalid("slots", slots, "a whole number from 1 to 1000");
  }
  const waitMs = toMs(options.wait ?? 0, "wait");
  if (waitMs > maxWaitMs) throw invalid("wait", options.wait, "at most 60 s");
  const request = {
    workerId: checkName(options.workerId ?? newWorkerId(), "workerId"),
    queues: [...checkQueues(queues)],
    slots,
  };
  const budget = new Budget(options, waitMs + defaultTimeoutMs, leader.clock);
  const waitsUntil = leader.clock.now() + waitMs;
  const pursuit = new Pursuit(leader);
  for (;;) {
    budget.check();
    const node = await leader.find(budget);
    const leftMs = Math.round(Math.max(0, waitsUntil - leader.clock.now()));
    try {
      const reply = await node.call<ClaimReply__Output>(
        (metadata, opts, done) => node.work.Claim({ ...request, waitMs: leftMs }, metadata, opts, done),
        { timeoutMs: Math.max(1, Math.min(budget.remainingMs, leftMs + answerMs)), signal: budget.signal },
      );
      return reply.jobs.map((job) => claimedJob(leader, job, options));
    } catch (thrown) {
      const error = asConclaveError(thrown);
      if (!isRefusal(error) || error.code === "UNAVAILABLE") throw certain(error);
      await budget.pause(pursuit.delayAfter(node, error), leader.closing);
    }
  }
}

function certain(error: ConclaveError): ConclaveError {
  if (error.code !== "UNAVAILABLE" && error.code !== "DEADLINE_EXCEEDED") return error;
  const message = `${error.message}; jobs may have been claimed, they come back when their leases end`;
  return new ConclaveError("OUTCOME_UNKNOWN", message, { cause: error });
}

function claimedJob<Input, Output>(
  leader: Leader,
  job: ClaimedJob__Output,
  codecs: Pick<ClaimOptions<Input, Output>, "codec" | "resultCodec" | "checkpointCodec">,
): ClaimedJob<Input, Output> {
  const checkpointCodec = codecOr(codecs.checkpointCodec);
  const act = (ending: Omit<Act, "id" | "fencingToken" | "act">, options: CallOptions = {}) =>
    actOn(leader, { id: job.id, fencingToken: job.fencingToken, ...ending }, options);
  const checkpoints = new ClaimCheckpoints(leader.clock, (data, options) =>
    act({ checkpoint: { data } }, options),
  );
  const end = async (ending: Pick<Act, "complete" | "fail" | "release">, options: CallOptions = {}) => {
    return await act(ending, await checkpoints.settled(options));
  };
  let decoded: { readonly data: Input } | undefined;
  return {
    ...claimFields(job),
    get data() {
      decoded ??= { data: decodeWith(codecOr(codecs.codec), job.payload, "the job's data") };
      return decoded.data;
    },
    get checkpoint() {
      return job.checkpoint === null
        ? undefined
        : decodeWith(checkpointCodec, job.checkpoint.data, "the job's checkpoint");
    },
    get dependencies() {
      return job.dependencies.map(jobDependency);
    },
    expiresAtMs: job.expiresAtMs,
    async complete(result, options) {
      const bytes = encodeWith(codecOr(codecs.resultCodec), result, "the job's result");
      await end({ complete: { result: bytes } }, options);
    },
    async fail(error, options) {
      const { nextDueAtMs } = await end({ fail: failureOf(error) }, options);
      return { nextDueAtMs: nextDueAtMs === 0 ? undefined : nextDueAtMs };
    },
    async extend(options) {
      const { expiresAtMs, cancelRequested } = await act({ extend: {} }, options);
      return { expiresAtMs, cancelRequested };
    },
    async release(options) {
      await end({ release: { delayMs: checkDuration(options?.delay, "delay", 0) } }, options);
    },
    async saveCheckpoint(value, options = {}) {
      await checkpoints.save(encodeWith(checkpointCodec, value, "the job's checkpoint"), options);
    },
    async progress(percent, note = "", options) {
      await act({ progress: { percent: checkPercent(percent), note: checkNote(note) } }, options);
    },
  };
}

/** Safe to repeat: an act answers the same for the same token. */
async function actOn(leader: Leader, act: Act, options: CallOptions): Promise<ActResult__Output> {
  const { results } = await onLeader(
    leader,
    new Budget(options, defaultTimeoutMs, leader.clock),
    (node: Node, limits) =>
      node.call<ActReply__Output>(
        (metadata, opts, done) => node.work.Act({ acts: [act] }, metadata, opts, done),
        limits,
      ),
  );
  const [result] = results;
  if (result === undefined) throw new ConclaveError("INTERNAL", "the server gave no result for an act");
  if (result.error !== null) throw fromDetail(result.error);
  return result;
}
