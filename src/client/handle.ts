import type { Duration } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Job__Output } from "../generated/conclave/v1/Job.ts";
import { Budget } from "./budget.ts";
import { eventsOf, type JobEventOptions } from "./jobEvents.ts";
import { jobSummary } from "./jobView.ts";
import type { Leader } from "./leader.ts";
import type { JobState } from "./names.ts";
import type { Nearest } from "./nearest.ts";
import type { Bound } from "./schema.ts";
import { withinCall } from "./schemaBounds.ts";
import type { Waiter } from "./waiter.ts";
import type { JobEvent } from "./watch.ts";

export interface ResultOptions {
  /** Ends the wait, not the job. */
  readonly signal?: AbortSignal | undefined;
  /** Default: for as long as it takes. */
  readonly timeout?: Duration | undefined;
}

/** What a handle needs of its cluster; `read` makes the output of the result's bytes. */
export interface HandleParts<Output> {
  readonly leader: Leader;
  readonly waiter: Waiter;
  readonly nearest: Nearest;
  readonly read: (bytes: Uint8Array, bound: Bound) => Output | Promise<Output>;
}

/** A job by its id: `jobs.handle(id)`. */
export class JobHandle<Output = unknown> {
  readonly id: string;
  readonly #parts: HandleParts<Output>;

  constructor(id: string, parts: HandleParts<Output>) {
    this.id = id;
    this.#parts = parts;
  }

  /**
   * Resolves with what the job's handler returned, once it has completed, be that on another machine, under another
   * leader or long ago. Rejects with JOB_DEAD or JOB_CANCELLED (`error.job` has the reason and the history), NOT_FOUND
   * when retention has removed it, INVALID_ARGUMENT when the result is not what is expected, DEADLINE_EXCEEDED, ABORTED
   * or SHUTTING_DOWN: those three end the wait, and the job goes on.
   */
  async result(options: ResultOptions = {}): Promise<Output> {
    const { leader, waiter, read } = this.#parts;
    const budget = new Budget(options, Number.POSITIVE_INFINITY, leader.clock);
    budget.check();
    const { ended, cancel, isHeard } = waiter.wait(this.id);
    try {
      const job = await budget.race(ended).catch((error: unknown) => {
        if (!isLate(error)) throw error;
        throw isHeard()
          ? notEnded(this.id, budget.timeoutMs)
          : notHeard(this.id, budget.timeoutMs, leader.trouble);
      });
      if (job.state !== "JOB_STATE_COMPLETED") throw failed(job);
      return await read(job.result, withinCall(budget, leader));
    } finally {
      cancel();
    }
  }

  /**
   * What happens to the job, to be iterated until it has ended: from now on, or from the log index `from` on. It goes on over
   * changes of leader and leaves nothing out; rejects with EVENTS_GONE where it cannot, with UNAVAILABLE when the job has ended
   * and no node tells its last events (`error.resumeIndex` says from where on), and with NOT_FOUND when there is no such job and its
   * end cannot be told. A redriven job has further events.
   */
  events(options: JobEventOptions = {}): AsyncIterable<JobEvent> {
    return eventsOf(this.id, this.#parts, options);
  }
}

interface EnqueuedJob {
  readonly id: string;
  readonly state: JobState | undefined;
  readonly existing: boolean;
  readonly error?: ConclaveError | undefined;
}

/** A job that a majority of the nodes has on disk. */
export class Enqueued<Output = unknown> extends JobHandle<Output> {
  /**
   * A job with this id, or one that holds its dedup key, was there before; it is unchanged, and `id` names it. An id that the SDK
   * drew itself was not there before the call.
   */
  readonly existing: boolean;
  /** Of `enqueueMany`: this job was refused (DUPLICATE, BREAKER_OPEN, QUEUE_CLOSED, NOT_FOUND, PAYLOAD_TOO_LARGE, ...); others may exist. */
  readonly error: ConclaveError | undefined;
  /** Reading it throws `error` when the job was refused, as `result()` rejects with it. */
  declare readonly state: JobState;

  constructor(job: EnqueuedJob, parts: HandleParts<Output>) {
    super(job.id, parts);
    this.existing = job.existing;
    this.error = job.error;
    const { error } = job;
    // A property of its own, so that handles compare and print as what they are.
    if (error === undefined) this.state = job.state ?? "ready";
    else Object.defineProperty(this, "state", { get: () => refuse(error) });
  }

  override async result(options: ResultOptions = {}): Promise<Output> {
    if (this.error !== undefined) throw this.error;
    return await super.result(options);
  }

  override events(options: JobEventOptions = {}): AsyncIterable<JobEvent> {
    const { error } = this;
    return error === undefined ? super.events(options) : rejecting(error);
  }
}

// oxlint-disable-next-line require-yield
async function* rejecting(error: ConclaveError): AsyncGenerator<JobEvent, void, undefined> {
  throw error;
}

function isLate(error: unknown): boolean {
  return error instanceof ConclaveError && error.code === "DEADLINE_EXCEEDED";
}

/** The cluster may be as well as can be. */
function notEnded(id: string, timeoutMs: number): ConclaveError {
  return new ConclaveError("DEADLINE_EXCEEDED", `job ${id} has not ended within ${timeoutMs} ms; it goes on`);
}

/** Nobody who answers was there to say whether it has, or whether there is such a job. */
function notHeard(id: string, timeoutMs: number, trouble: ConclaveError | undefined): ConclaveError {
  const why = trouble === undefined ? "no node has answered" : trouble.message;
  const message = `nothing is known of job ${id} after ${timeoutMs} ms: ${why}`;
  return new ConclaveError("DEADLINE_EXCEEDED", message, { cause: trouble });
}

function refuse(error: ConclaveError): never {
  throw error;
}

function failed(wire: Job__Output): ConclaveError {
  const { id, state, reason, history } = jobSummary(wire);
  if (state !== "dead" && state !== "cancelled") {
    return new ConclaveError("INTERNAL", `the server says that job ${id} has ended, and that it is ${state}`);
  }
  const why = reason === "" ? "no reason was given" : reason;
  return new ConclaveError(
    state === "dead" ? "JOB_DEAD" : "JOB_CANCELLED",
    `job ${id} ${state === "dead" ? "is dead" : "was cancelled"}: ${why}`,
    { job: { id, state, reason, history } },
  );
}
