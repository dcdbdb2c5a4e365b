import { ConclaveError } from "../base/errors.ts";
import type { CancelReply__Output } from "../generated/conclave/v1/CancelReply.ts";
import type { GetReply__Output } from "../generated/conclave/v1/GetReply.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { ListReply__Output } from "../generated/conclave/v1/ListReply.ts";
import type { ListRequest } from "../generated/conclave/v1/ListRequest.ts";
import type { StatsReply__Output } from "../generated/conclave/v1/StatsReply.ts";
import type { WhyReply__Output } from "../generated/conclave/v1/WhyReply.ts";
import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import { checkArray, checkCount, checkName, invalid, placed, wellFormed } from "./checks.ts";
import { type Codec, decodeWith, jsonCodec } from "./codec.ts";
import type { EnqueueResult } from "./enqueueCall.ts";
import type { Enqueuer } from "./enqueuer.ts";
import { Enqueued, type HandleParts, JobHandle } from "./handle.ts";
import { filterToWire } from "./jobFilter.ts";
import { type JobList, jobList, type ListFilter } from "./jobList.ts";
import { type JobOptions, jobSpec } from "./jobSpec.ts";
import { type Job, jobSummary, jobView, type QueueCounts, queueCounts } from "./jobView.ts";
import type { Leader } from "./leader.ts";
import { type JobSelection, type Managed, type ManageOptions, manageJobs } from "./managing.ts";
import { type JobState, stateFromWire } from "./names.ts";
import type { Nearest } from "./nearest.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { onLeader } from "./onLeader.ts";
import { consistencyOf } from "./queues.ts";
import type { Reader, ReadOptions } from "./reader.ts";
import type { Waiter } from "./waiter.ts";
import { type JobEvent, type WatchOptions, watchJobs } from "./watch.ts";
import { type Why, whyView } from "./whyView.ts";
import { asConclaveError, fromDetail } from "./wireErrors.ts";

export interface EnqueueOptions<Input = unknown, Output = unknown> extends JobOptions<Input>, CallOptions {
  /** For `result()` of the handle; default: JSON. */
  readonly resultCodec?: Codec<Output> | undefined;
}

export interface EnqueueManyOptions<Output = unknown> extends CallOptions {
  readonly resultCodec?: Codec<Output> | undefined;
  /** All or none; at most 1000 jobs and 4 MiB in all. */
  readonly atomic?: boolean | undefined;
}

export interface EnqueueItem<Input = unknown> extends JobOptions<Input> {
  readonly queue: string;
  readonly data: Input;
}

export interface GetOptions<Input, Output> extends ReadOptions {
  readonly codec?: Codec<Input> | undefined;
  readonly resultCodec?: Codec<Output> | undefined;
}

export interface CancelOptions extends CallOptions {
  /** Kept with the jobs; at most 1024 characters. */
  readonly reason?: string | undefined;
}

export interface Cancelled {
  readonly id: string;
  /** After the call; `running` means that its worker will be told. Undefined when there is an error. */
  readonly state: JobState | undefined;
  /** NOT_FOUND, or JOB_TERMINAL when it had ended before. */
  readonly error: ConclaveError | undefined;
}

export interface Stats {
  readonly queues: readonly QueueCounts[];
  /** Unique jobs ever enqueued, and those removed by retention since. */
  readonly enqueued: number;
  readonly purged: number;
}

/** Most ids that one Cancel request takes. */
const maxCancelIds = 10_000;

/** The producers' side: `cluster.jobs`. Every method rejects with ConclaveError only. */
export class Jobs {
  readonly #leader: Leader;
  readonly #reader: Reader;
  readonly #enqueuer: Enqueuer;
  readonly #waiter: Waiter;
  readonly #jsonParts: HandleParts<unknown>;
  /** For results that the codec of the call before reads; callers tend to keep to theirs. */
  #lastParts: { readonly codec: object; readonly parts: HandleParts<unknown> } | undefined;
  readonly #nearest: Nearest;

  constructor(leader: Leader, reader: Reader, enqueuer: Enqueuer, waiter: Waiter, nearest: Nearest) {
    this.#leader = leader;
    this.#nearest = nearest;
    this.#reader = reader;
    this.#enqueuer = enqueuer;
    this.#waiter = waiter;
    const read = (bytes: Uint8Array) => decodeWith(jsonCodec, bytes, "the job's result");
    this.#jsonParts = { leader, waiter, nearest, read };
  }

  /**
   * Resolves once a majority of the nodes has the job on disk. Retried over failovers until the timeout
   * (default 30 s); DEADLINE_EXCEEDED then means that the job may exist, and its id is in the message.
   */
  enqueue<Input = unknown, Output = unknown>(
    queue: string,
    data: Input,
    options: EnqueueOptions<Input, Output> = {},
    begun?: Budget,
  ): Promise<Enqueued<Output>> {
    // Not an async function: there is one call for each job, and a promise of its own is a third of what it costs.
    try {
      const parts = this.#handleParts(options.resultCodec);
      const specs = [jobSpec(queue, data, options)];
      const isDrawn = options.id === undefined;
      return this.#enqueuer.enqueue(specs, begun ?? this.budget(options), false, ([outcome]) => {
        if (outcome === undefined)
          throw new ConclaveError("INTERNAL", "an enqueue call resolved without a result");
        if ("error" in outcome) throw outcome.error;
        return new Enqueued(isDrawn ? asNew(outcome, specs[0]) : outcome, parts);
      });
    } catch (error) {
      return Promise.reject(asConclaveError(error));
    }
  }

  /**
   * The same for many; results in the order of the items, each of which may have been refused by the nodes: see `error`. What
   * the SDK itself refuses is told before anything is sent; on any other error of the whole some may exist. With `atomic` all
   * are enqueued or none: it rejects with what one of them was refused for. `begun` and `drawnBefore`, ids that were drawn for this
   * call, are for callers who have something else to do first.
   */
  async enqueueMany<Input = unknown, Output = unknown>(
    items: readonly EnqueueItem<Input>[],
    options: EnqueueManyOptions<Output> = {},
    begun?: Budget,
    drawnBefore?: ReadonlySet<string>,
  ): Promise<readonly Enqueued<Output>[]> {
    // Not `map`, which would leave out the holes of an array.
    const specs = Array.from(checkArray(items, "jobs"), specOf);
    const drawn = items.map(({ id }) => id === undefined || drawnBefore?.has(id) === true);
    const parts = this.#handleParts(options.resultCodec);
    const { atomic = false } = options;
    return await this.#enqueuer.enqueue(specs, begun ?? this.budget(options), atomic, (outcomes) => {
      if (atomic) throwRefusal(outcomes);
      return outcomes.map(
        (outcome, at) => new Enqueued(drawn[at] === true ? asNew(outcome, specs[at]) : outcome, parts),
      );
    });
  }

  /** A job that was enqueued elsewhere, to wait for. No call is made. */
  handle<Output = unknown>(
    id: string,
    options: Pick<EnqueueOptions<unknown, Output>, "resultCodec"> = {},
  ): JobHandle<Output> {
    return new JobHandle(checkName(id, "id"), this.#handleParts(options.resultCodec));
  }

  /** Rejects with NOT_FOUND when there is no such job (any more). */
  async get<Input = unknown, Output = unknown>(
    id: string,
    options: GetOptions<Input, Output> = {},
  ): Promise<Job<Input, Output>> {
    const request = { id: checkName(id, "id"), consistency: consistencyOf(options) };
    const { job } = await this.#read(options, (node, limits) =>
      node.call<GetReply__Output>(
        (metadata, opts, done) => node.jobs.Get(request, metadata, opts, done),
        limits,
      ),
    );
    if (job === null) throw new ConclaveError("NOT_FOUND", `there is no job ${id}`);
    return jobView(job, options.codec, options.resultCodec);
  }

  /** `await` it for the first page, or go through all pages with `for await`. Nothing is asked before that. */
  list(filter: ListFilter = {}, options: ReadOptions = {}): JobList {
    const limit = checkCount(filter.limit ?? 100, "limit", 1, 1_000);
    const request: ListRequest = { ...filterToWire(filter), limit, consistency: consistencyOf(options) };
    return jobList(filter.after ?? "", async (after) => {
      const { jobs, next } = await this.#read(options, (node, limits) =>
        node.call<ListReply__Output>(
          (metadata, opts, done) => node.jobs.List({ ...request, after }, metadata, opts, done),
          limits,
        ),
      );
      return { jobs: jobs.map(jobSummary), after: next === "" ? undefined : next };
    });
  }

  /** Ends waiting jobs at once and asks for the running ones to be stopped. One result per id, in order. */
  async cancel(ids: string | readonly string[], options: CancelOptions = {}): Promise<readonly Cancelled[]> {
    const reason = wellFormed(options.reason ?? "");
    if (reason.length > 1_024) throw invalid("reason", reason.length, "at most 1024 characters long");
    const all = typeof ids === "string" ? [ids] : checkArray(ids, "ids");
    for (const id of all) checkName(id, "id");
    const budget = this.budget(options);
    const cancelled: Cancelled[] = [];
    for (let from = 0; from < all.length; from += maxCancelIds) {
      const some = all.slice(from, from + maxCancelIds);
      const { results } = await onLeader(this.#leader, budget, (node, limits) =>
        node.call<CancelReply__Output>(
          (metadata, opts, done) => node.jobs.Cancel({ ids: some, reason }, metadata, opts, done),
          limits,
        ),
      );
      for (const [index, { state, error }] of results.entries()) {
        cancelled.push({
          id: some[index] ?? "",
          state: error === null ? stateFromWire(state) : undefined,
          error: error === null ? undefined : fromDetail(error),
        });
      }
    }
    return cancelled;
  }

  /** Why a job is not running, all reasons at once. Only the leader knows of workers; it is asked by default. */
  async why(id: string, options: ReadOptions = {}): Promise<Why> {
    const request = { id: checkName(id, "id"), consistency: consistencyOf(options) };
    const reply = await this.#read(options, (node, limits) =>
      node.call<WhyReply__Output>(
        (metadata, opts, done) => node.manage.Why(request, metadata, opts, done),
        limits,
      ),
    );
    return whyView(reply);
  }

  /**
   * What happens to jobs, to be iterated, from now on or from an index of the log on. It goes on over changes of leader and
   * lost connections and leaves nothing out; it rejects with EVENTS_GONE where it cannot, and says from where on it could.
   */
  watch(options: WatchOptions = {}): AsyncIterable<JobEvent> {
    return watchJobs(this.#leader, this.#nearest, options);
  }

  /** Scheduled jobs become ready at once: those with these ids, or all that fit. */
  runNow(jobs: JobSelection, options: ManageOptions = {}): Promise<Managed> {
    return manageJobs(this.#leader, "MANAGE_ACTION_RUN_NOW", jobs, options);
  }

  /** Dead and cancelled jobs begin anew, with all their attempts, and at once whatever their `runAt` or delay. */
  redrive(jobs: JobSelection, options: ManageOptions = {}): Promise<Managed> {
    return manageJobs(this.#leader, "MANAGE_ACTION_REDRIVE", jobs, options);
  }

  /** Jobs that do not run are forgotten, their ids as well. */
  delete(jobs: JobSelection, options: ManageOptions = {}): Promise<Managed> {
    return manageJobs(this.#leader, "MANAGE_ACTION_DELETE", jobs, options);
  }

  /** As `cancel`, also for all that fit; `why` is kept with the jobs. */
  cancelAll(jobs: JobSelection, options: ManageOptions = {}): Promise<Managed> {
    return manageJobs(this.#leader, "MANAGE_ACTION_CANCEL", jobs, options);
  }

  async stats(options: ReadOptions = {}): Promise<Stats> {
    const request = { consistency: consistencyOf(options) };
    const { queues, enqueued, purged } = await this.#read(options, (node, limits) =>
      node.call<StatsReply__Output>(
        (metadata, opts, done) => node.jobs.Stats(request, metadata, opts, done),
        limits,
      ),
    );
    return { queues: queues.map(queueCounts), enqueued, purged };
  }

  #handleParts<Output>(codec: Codec<Output> | undefined): HandleParts<Output> {
    // One for all whose results are JSON: a handle is made of every job.
    if (codec === undefined) return this.#jsonParts as HandleParts<Output>;
    if (this.#lastParts?.codec === codec) return this.#lastParts.parts as HandleParts<Output>;
    const read = (bytes: Uint8Array) => decodeWith(codec, bytes, "the job's result");
    const parts = { leader: this.#leader, waiter: this.#waiter, nearest: this.#nearest, read };
    this.#lastParts = { codec, parts };
    return parts;
  }

  /** For a call that has something else to do first: to be handed on as `begun`. */
  budget(options: CallOptions): Budget {
    return new Budget(options, defaultTimeoutMs, this.#leader.clock);
  }

  #read<Reply>(
    options: ReadOptions,
    call: (node: Node, limits: UnaryOptions) => Promise<Reply>,
  ): Promise<Reply> {
    return this.#reader.read(options, this.budget(options), call);
  }
}

/** Under an id that was drawn for this call only the call itself, sent again, can have been there before. */
function asNew(outcome: EnqueueResult, spec: JobSpec | undefined): EnqueueResult {
  return outcome.existing && outcome.id === spec?.id ? { ...outcome, existing: false } : outcome;
}

/** Throws as `jobSpec`, naming the item. */
function specOf<Input>(item: EnqueueItem<Input>, index: number): JobSpec {
  if (typeof item !== "object" || item === null)
    throw invalid(`jobs[${index}]`, item, "an object with a queue and data");
  const { queue, data, ...job } = item;
  try {
    return jobSpec(queue, data, job);
  } catch (error) {
    throw placed(asConclaveError(error), `jobs[${index}]`);
  }
}

/** What was at fault in an atomic batch. */
function throwRefusal(results: readonly EnqueueResult[]): void {
  const refused = results.flatMap((result) => ("error" in result ? [result] : []));
  const culprit = refused.find(({ error }) => error.code !== "BATCH_REFUSED") ?? refused[0];
  if (culprit === undefined) return;
  const { id, error } = culprit;
  throw new ConclaveError(error.code, `nothing was enqueued: job ${id}: ${error.message}`, { cause: error });
}
