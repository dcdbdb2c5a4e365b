import { toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { pause } from "./budget.ts";
import { checkName, invalid } from "./checks.ts";
import type { Clock } from "./clock.ts";
import { JobRunner } from "./jobRunner.ts";
import type { Leader } from "./leader.ts";
import { onAbort } from "./signals.ts";
import { type HealthFacts, HealthWatch } from "./workerHealth.ts";
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
const defaultKillMs = 5_000;
/** For the last outcomes to be acknowledged. */
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
  /**
   * Resolves once it has stopped; rejects with the error that ended it when no node would ever take it: IDENTITY_MISMATCH when
   * its cluster was restored or recovered.
   */
  readonly closed: Promise<void>;
  readonly #leader: Leader;
  readonly #runner: JobRunner<Input, Output>;
  readonly #link: WorkLink;
  readonly #options: WorkOptions<Input, Output>;
  readonly #logger: Logger | undefined;
  readonly #drainMs: number;
  #killMs: number;
  readonly #ended = new AbortController();
  readonly #hurry = new AbortController();
  readonly #unlisten: () => void;
  readonly #hurryTimers: (() => void)[] = [];
  readonly #clock: Clock;
  readonly #health: HealthWatch;
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
    this.#leader = leader;
    this.#clock = clock;
    this.queues = checkQueues(queues);
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > maxConcurrency) {
      throw invalid("concurrency", concurrency, `a whole number from 1 to ${maxConcurrency}`);
    }
    this.id = checkName(options.workerId ?? newWorkerId(), "workerId");
    this.#options = options;
    this.#logger = logger?.child({ workerId: this.id });
    this.#drainMs = options.drain === undefined ? defaultDrainMs : toMs(options.drain, "drain");
    this.#killMs = options.kill === undefined ? defaultKillMs : toMs(options.kill, "kill");
    const { stuckAfter = Number.POSITIVE_INFINITY } = options;
    const stuckAfterMs =
      stuckAfter === Number.POSITIVE_INFINITY ? stuckAfter : toMs(stuckAfter, "stuckAfter");
    const onError = (error: ConclaveError, jobId?: string) => this.#onError(error, jobId);
    this.#runner = new JobRunner({
      concurrency,
      handler,
      options,
      onError,
      onAcknowledged:
        options.onAcknowledged &&
        ((outcome) => this.#runHook("onAcknowledged", () => options.onAcknowledged?.(outcome))),
      logger: this.#logger,
      clock,
      stuckAfterMs,
      onChange: () => this.#health.update(),
    });
    this.#health = new HealthWatch(clock, this.#facts(concurrency), (health) => this.#onHealth(health));
    this.#link = new WorkLink({
      leader,
      workerId: this.id,
      queues: this.queues,
      runner: this.#runner,
      onError,
      onConsuming: (consuming) => this.#health.become(consuming ? "consuming" : "connecting"),
    });
    this.closed = this.#link.run(this.#ended.signal).then(
      () => this.#onLinkEnd(undefined),
      (error: ConclaveError) => this.#onLinkEnd(error),
    );
    // Nobody need look at it: the error went to onError and to the log as well.
    this.closed.catch(() => undefined);
    this.#unlisten = onAbort(options.signal, () => void this.stop());
  }

  get state(): WorkerState {
    return this.#health.state;
  }

  /** Whether it consumes, since when, and why not. */
  get health(): WorkerHealth {
    return this.#health.health;
  }

  /**
   * Takes no more jobs, lets the running ones finish for `drain`, then aborts their signals, waits for `kill`, and gives
   * back the jobs whose handlers still run (which costs no attempt). Resolves when all that is done; never rejects. Throws
   * INVALID_ARGUMENT at once for what is no duration, and goes on working.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const { drainMs = this.#drainMs, killMs = this.#killMs } = stopTimes(options);
    // Nobody would clear it on a worker that is closed, and the process would wait for it.
    if (this.state !== "closed")
      this.#hurryTimers.push(this.#clock.after(drainMs, () => this.#hurry.abort()));
    this.#killMs = killMs;
    this.#stopping ??= this.#shutDown();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #shutDown(): Promise<void> {
    this.#unlisten();
    this.#health.become("draining");
    const lastJobs = this.#within(barrierMs, this.#link.drain());
    await Promise.race([Promise.all([lastJobs, this.#runner.idle()]), aborted(this.#hurry.signal)]);
    this.#runner.abortAll(
      new ConclaveError("SHUTTING_DOWN", "the worker is stopping; the job is given back"),
    );
    await this.#within(this.#killMs, this.#runner.idle());
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
    this.#runner.close(error === this.#leader.gone ? error : undefined);
    this.#health.become("closed");
    if (error === undefined) return;
    this.#logger?.error({ code: error.code }, `the worker ended: ${error.message}`);
    throw error;
  }

  #facts(concurrency: number): HealthFacts {
    return {
      concurrency,
      running: () => this.#runner.running,
      room: () => this.#runner.room,
      unacknowledged: () => this.#runner.unacknowledged,
      lastError: () => this.#lastError,
      stuck: () => this.#runner.stuck,
    };
  }

  #onHealth(health: WorkerHealth): void {
    const { consuming, reason, since } = health;
    this.#logger?.debug({ consuming, since, reason }, "the worker's health changed");
    this.#runHook("onHealth", () => this.#options.onHealth?.(health));
  }

  #onError(error: ConclaveError, jobId?: string): void {
    this.#lastError = error;
    const context: WorkErrorContext = { workerId: this.id, jobId };
    this.#logger?.warn({ code: error.code, jobId }, error.message);
    this.#runHook("onError", () => this.#options.onError?.(error, context));
  }

  /** A hook may be async, though nobody awaits it: what it rejects with would end the process. */
  #runHook(name: string, hook: () => unknown): void {
    const threw = (thrown: unknown) =>
      this.#logger?.error({ err: thrown }, `the worker's ${name} hook threw`);
    try {
      const given = hook();
      if (given !== undefined) Promise.resolve(given).catch(threw);
    } catch (thrown) {
      threw(thrown);
    }
  }
}

/** In ms; undefined where nothing is said. Throws INVALID_ARGUMENT. */
export function stopTimes({ drain, kill }: StopOptions) {
  return {
    drainMs: drain === undefined ? undefined : toMs(drain, "drain"),
    killMs: kill === undefined ? undefined : toMs(kill, "kill"),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
