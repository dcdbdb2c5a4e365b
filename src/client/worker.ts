import { toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { pause } from "./budget.ts";
import type { Clock } from "./clock.ts";
import { JobRunner } from "./jobRunner.ts";
import { checkName, invalid } from "./jobSpec.ts";
import type { Leader } from "./leader.ts";
import { onAbort } from "./signals.ts";
import { checkQueues, newWorkerId } from "./workerNames.ts";
import type {
  Handler,
  StopOptions,
  WorkErrorContext,
  WorkerHealth,
  WorkerState,
  WorkOptions,
} from "./workerTypes.ts";
import { WorkLink } from "./workLink.ts";

const defaultDrainMs = 30_000;
/** For handlers to end once their signals have aborted, and for the last outcomes to be acknowledged. */
const abortGraceMs = 1_000;
const lastWordsMs = 5_000;
/** For jobs that were on their way when no more were wanted. */
const barrierMs = 1_000;
const maxConcurrency = 10_000;

/**
 * Takes jobs from the leader as long as it has room and runs the handler on each. Survives failovers: running
 * jobs go on, their leases are renewed and their outcomes reported at the next leader.
 */
export class Worker<Input = unknown, Output = unknown> implements AsyncDisposable {
  readonly id: string;
  readonly queues: readonly string[];
  /** Resolves once it has stopped; rejects with the error that ended it when no node would ever take it. */
  readonly closed: Promise<void>;
  readonly #runner: JobRunner<Input, Output>;
  readonly #link: WorkLink;
  readonly #options: WorkOptions<Input, Output>;
  readonly #logger: Logger | undefined;
  readonly #drainMs: number;
  readonly #ended = new AbortController();
  readonly #hurry = new AbortController();
  readonly #unlisten: () => void;
  readonly #hurryTimers: (() => void)[] = [];
  #state: WorkerState = "connecting";
  readonly #clock: Clock;
  #since: Date;
  #stopping: Promise<void> | undefined;
  #lastError: ConclaveError | undefined;

  constructor(
    leader: Leader,
    logger: Logger | undefined,
    queues: string | readonly string[],
    options: WorkOptions<Input, Output>,
    handler: Handler<Input, Output>,
  ) {
    const { concurrency = 1 } = options;
    const { clock } = leader;
    this.#clock = clock;
    this.#since = new Date(clock.wallMs());
    this.queues = checkQueues(queues);
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > maxConcurrency) {
      throw invalid("concurrency", concurrency, `a whole number from 1 to ${maxConcurrency}`);
    }
    this.id = checkName(options.workerId ?? newWorkerId(), "workerId");
    this.#options = options;
    this.#logger = logger?.child({ workerId: this.id });
    this.#drainMs = options.drain === undefined ? defaultDrainMs : toMs(options.drain, "drain");
    const onError = (error: ConclaveError, jobId?: string) => this.#onError(error, jobId);
    this.#runner = new JobRunner({ concurrency, handler, options, onError, logger: this.#logger, clock });
    this.#link = new WorkLink({
      leader,
      workerId: this.id,
      queues: this.queues,
      runner: this.#runner,
      onError,
      onConsuming: (consuming) => this.#become(consuming ? "consuming" : "connecting"),
    });
    this.closed = this.#link.run(this.#ended.signal).then(
      () => this.#onLinkEnd(undefined),
      (error: ConclaveError) => this.#onLinkEnd(error),
    );
    // Nobody need look at it: the error went to onError and to the log as well.
    this.closed.catch(() => undefined);
    this.#unlisten = onAbort(options.signal, () => void this.stop());
    if (options.signal?.aborted === true) void this.stop();
  }

  get state(): WorkerState {
    return this.#state;
  }

  get health(): WorkerHealth {
    return {
      state: this.#state,
      since: this.#since,
      running: this.#runner.running,
      unacknowledged: this.#runner.unacknowledged,
      lastError: this.#lastError,
    };
  }

  /**
   * Takes no more jobs, lets the running ones finish for `drain`, then aborts them and gives them back (which
   * costs no attempt). Resolves when all that is done; never rejects.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const drainMs = options.drain === undefined ? this.#drainMs : toMs(options.drain, "drain");
    // Nobody would clear it on a worker that is closed, and the process would wait for it.
    if (this.#state !== "closed")
      this.#hurryTimers.push(this.#clock.after(drainMs, () => this.#hurry.abort()));
    this.#stopping ??= this.#shutDown();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #shutDown(): Promise<void> {
    this.#unlisten();
    this.#become("draining");
    const lastJobs = this.#within(barrierMs, this.#link.drain());
    await Promise.race([Promise.all([lastJobs, this.#runner.idle()]), aborted(this.#hurry.signal)]);
    this.#runner.abortAll(
      new ConclaveError("SHUTTING_DOWN", "the worker is stopping; the job is given back"),
    );
    await this.#within(abortGraceMs, this.#runner.idle());
    this.#runner.giveBackAll();
    await lastJobs;
    await this.#within(lastWordsMs, this.#runner.acknowledged());
    this.#ended.abort();
    await Promise.allSettled([this.closed]);
  }

  /** Waits for `work`, but no longer than `limitMs`. */
  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    const enough = new AbortController();
    await Promise.race([work, pause(this.#clock, limitMs, enough.signal)]);
    enough.abort();
  }

  #onLinkEnd(error: ConclaveError | undefined): void {
    for (const disarm of this.#hurryTimers) disarm();
    this.#unlisten();
    this.#runner.close();
    this.#become("closed");
    if (error === undefined) return;
    this.#logger?.error({ code: error.code }, `the worker ended: ${error.message}`);
    throw error;
  }

  #become(state: WorkerState): void {
    const final = this.#state === "closed" || (this.#state === "draining" && state !== "closed");
    if (final || this.#state === state) return;
    this.#state = state;
    this.#since = new Date(this.#clock.wallMs());
  }

  #onError(error: ConclaveError, jobId?: string): void {
    this.#lastError = error;
    const context: WorkErrorContext = { workerId: this.id, jobId };
    this.#logger?.warn({ code: error.code, jobId }, error.message);
    try {
      this.#options.onError?.(error, context);
    } catch (thrown) {
      this.#logger?.error({ err: thrown }, "the worker's onError hook threw");
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
