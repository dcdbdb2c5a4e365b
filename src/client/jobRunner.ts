import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { EndedClaim__Output } from "../generated/conclave/v1/EndedClaim.ts";
import { ActOutbox, type ClaimName } from "./actOutbox.ts";
import { AttemptActs, Snooze } from "./attemptActs.ts";
import type { Clock } from "./clock.ts";
import { codecOr, decodeWith, encodeWith } from "./codec.ts";
import { HeldClaim, keyOf } from "./heldClaim.ts";
import { type Ending, LastAct, type LastActs } from "./lastAct.ts";
import { LeaseKeeper } from "./leaseKeeper.ts";
import { LogClock } from "./logClock.ts";
import { isPassing } from "./onLeader.ts";
import { failureOf, fatalFailure, JobCancelled } from "./outcome.ts";
import { fromDetail } from "./wireErrors.ts";
import { type WorkerJobParts, workerJob } from "./workerJob.ts";
import type { AcknowledgedOutcome, Handler, WorkOptions } from "./workerTypes.ts";

/** Outcomes that may wait for their acknowledgement before no more jobs are taken: memory stays bounded. */
const maxUnacknowledged = 1_000;
/** A handler that goes on for so long after it was told to stop does not heed its signal. */
const heedlessMs = 10_000;
/** Jobs that came and were given up without a word; the oldest are forgotten, their leases are long over. */
const maxGivenUp = 1_000;

interface RunnerSettings<Input, Output> {
  readonly concurrency: number;
  readonly handler: Handler<Input, Output>;
  readonly options: WorkOptions<Input, Output>;
  readonly onError: (error: ConclaveError, jobId?: string) => void;
  readonly onAcknowledged: ((outcome: AcknowledgedOutcome) => void) | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  /** A handler that runs for longer counts as stuck. */
  readonly stuckAfterMs: number;
  /** A job came or ended. */
  readonly onChange: () => void;
}

/** Runs the handler on claimed jobs, keeps their leases, and says what became of them. Knows no stream. */
export class JobRunner<Input, Output> {
  readonly outbox: ActOutbox;
  readonly logClock = new LogClock();
  /** Called when there is something to send: an act, or a slot that became free. */
  onWork: () => void = () => undefined;
  readonly #settings: RunnerSettings<Input, Output>;
  readonly #held = new Map<string, HeldClaim>();
  readonly #keeper: LeaseKeeper<HeldClaim>;
  readonly #givenUp = new Map<string, ClaimName>();
  /** What every job has for its handler. */
  readonly #parts: WorkerJobParts;
  readonly #lastActs: LastActs;
  #accepting = true;
  #onIdle: (() => void)[] = [];

  constructor(settings: RunnerSettings<Input, Output>) {
    this.#settings = settings;
    this.outbox = new ActOutbox(settings.clock);
    this.#keeper = new LeaseKeeper(
      (claims) => this.#renew(claims),
      (claim) => this.#lose(claim),
      settings.clock,
    );
    const acts = {
      outbox: this.outbox,
      clock: settings.clock,
      onWork: () => this.onWork(),
      onLost: (claim: HeldClaim, cause: ConclaveError) =>
        this.#lose(claim, "refused", `${cause.message}; its lease is lost`, cause),
    };
    this.#lastActs = {
      onAcknowledged: settings.onAcknowledged,
      onError: settings.onError,
      onRefused: (claim, ending, error) => this.#onLastActRefused(claim, ending, error),
    };
    this.#parts = {
      acts: (claim) => (claim.acts ??= new AttemptActs(claim, acts)),
      extend: (claim) => this.#extend(claim),
      checkpointCodec: settings.options.checkpointCodec,
    };
  }

  get running(): number {
    return this.#held.size;
  }

  /** Why the handler that is longest overdue counts as stuck; undefined when none does. */
  get stuck(): string | undefined {
    const now = this.#settings.clock.now();
    const { stuckAfterMs } = this.#settings;
    for (const { job, startedAt, abortedAt } of this.#held.values()) {
      if (abortedAt !== undefined && now - abortedAt >= heedlessMs) {
        return `the handler of job ${job.id} goes on ${seconds(now - abortedAt)} s after its signal aborted`;
      }
      if (now - startedAt >= stuckAfterMs) {
        return `the handler of job ${job.id} has been running for ${seconds(now - startedAt)} s`;
      }
    }
    return undefined;
  }

  get unacknowledged(): number {
    return this.outbox.unanswered;
  }

  /**
   * Every claim that came and of whose end the cluster may not have heard. Those that were given up are among them:
   * they did run, so the cluster must not take them for undelivered.
   */
  get received(): readonly ClaimName[] {
    const running = [...this.#held.values()].map(({ job }) => nameOf(job));
    const all = [...running, ...this.outbox.unansweredClaims, ...this.#givenUp.values()];
    // A job at work may have a checkpoint on its way.
    return [...new Map(all.map((name) => [keyOf(name), name])).values()];
  }

  /** Slots for which jobs may be asked. */
  get room(): number {
    if (!this.#accepting) return 0;
    const slots = this.#settings.concurrency - this.#held.size;
    return Math.max(
      0,
      Math.min(slots, maxUnacknowledged + this.#settings.concurrency - this.outbox.unanswered),
    );
  }

  /** Jobs as they come in; those that cannot be started are given back at once. */
  take(jobs: readonly ClaimedJob__Output[]): void {
    const now = this.#settings.clock.now();
    for (const job of jobs) {
      const heldSince = this.logClock.localTimeOf(job.expiresAtMs - job.leaseMs, now);
      const claim = new HeldClaim(job, heldSince, now, this.#settings.clock);
      if (this.#held.has(claim.key)) continue;
      const full = this.#held.size >= this.#settings.concurrency;
      if (!this.#accepting || full || claim.leaseEndsAt <= now) {
        this.#report(claim, givenBack(job));
        continue;
      }
      this.#held.set(claim.key, claim);
      this.#keeper.add(claim);
      void this.#handle(claim);
    }
    this.#settings.onChange();
  }

  /** On a new stream: which of the claims still hold? */
  renewAll(): void {
    this.#keeper.renewAll();
  }

  /** Somebody asked for these to be cancelled; those that are not held any more are none of our business. */
  onCancelRequested(claims: readonly ClaimName[]): void {
    for (const name of claims) {
      const claim = this.#held.get(keyOf(name));
      claim?.abort("cancelled", new JobCancelled(`job ${name.id} was asked to be cancelled`));
    }
  }

  /** The cluster has ended these claims. */
  onClaimsEnded(claims: readonly EndedClaim__Output[]): void {
    for (const ended of claims) {
      const claim = this.#held.get(keyOf(ended));
      if (claim === undefined || claim.fate === "lost" || claim.fate === "refused") continue;
      const late = ended.end === "ATTEMPT_END_TIMED_OUT";
      const why = late ? "a timeout of the job ended it" : "its claim is over";
      this.#lose(claim, "refused", `job ${ended.id} was taken back: ${why}`);
    }
  }

  /** No more jobs from now on. */
  refuse(): void {
    this.#accepting = false;
  }

  idle(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  abortAll(reason: ConclaveError): void {
    for (const claim of this.#held.values()) claim.abort("released", reason);
  }

  /** Does not wait for handlers that do not heed their signals. */
  giveBackAll(): void {
    for (const claim of this.#held.values()) {
      const lost = claim.fate === "lost" || claim.fate === "refused";
      this.#end(claim, lost ? undefined : givenBack(claim.job));
    }
  }

  acknowledged(): Promise<void> {
    return this.outbox.drained();
  }

  /** Nothing can be sent any more. `gone`: the cluster is, and its claims with it. */
  close(gone?: ConclaveError): void {
    this.#accepting = false;
    if (gone !== undefined) {
      for (const claim of this.#held.values())
        this.#lose(claim, "lost", `the cluster that handed out job ${claim.job.id} is gone`, gone);
    }
    this.abortAll(new ConclaveError("SHUTTING_DOWN", "the worker has ended"));
    for (const claim of this.#held.values()) this.#end(claim, undefined);
    this.outbox.abandon();
  }

  /** Runs the handler. Never rejects. */
  async #handle(claim: HeldClaim): Promise<void> {
    const { handler, options } = this.#settings;
    let data: Input;
    try {
      data = decodeWith(codecOr(options.codec), claim.job.payload, "the job's data");
    } catch (error) {
      this.#end(claim, { ...nameOf(claim.job), fail: fatalFailure(error) });
      return;
    }
    let output: Output;
    try {
      output = await handler(workerJob(claim, data, this.#parts));
    } catch (error) {
      this.#end(claim, this.#endingAfter(claim, error));
      return;
    }
    this.#end(claim, this.#endingWith(claim, output));
  }

  /** Undefined when there is nobody left to tell. */
  #endingAfter({ job, fate }: HeldClaim, error: unknown): Ending | undefined {
    const { id, queue, attempt } = job;
    const thrown = failureOf(error);
    this.#settings.logger?.debug({ jobId: id, queue, attempt, error: thrown.error }, "the handler threw");
    if (fate === "lost" || fate === "refused") return undefined;
    if (error instanceof Snooze) return { ...nameOf(job), release: { delayMs: error.delayMs } };
    return fate === "released" ? givenBack(job) : { ...nameOf(job), fail: thrown };
  }

  #endingWith({ job, fate }: HeldClaim, output: Output): Ending | undefined {
    const { id, fencingToken } = job;
    // The cluster has said that the claim is gone; one that only seems lost from here may still be accepted.
    if (fate === "refused") return undefined;
    try {
      const result = encodeWith(codecOr(this.#settings.options.resultCodec), output, "the job's result");
      return { id, fencingToken, complete: { result } };
    } catch (error) {
      return { id, fencingToken, fail: fatalFailure(error) };
    }
  }

  #extend(claim: HeldClaim): Promise<void> {
    const renewal = claim.nextRenewal();
    if (this.#held.has(claim.key)) this.#renew([claim]);
    return renewal;
  }

  #end(claim: HeldClaim, ending: Ending | undefined): void {
    if (claim.over) return;
    if (ending !== undefined) claim.acts?.finish();
    claim.end();
    this.#held.delete(claim.key);
    this.#keeper.remove(claim);
    this.#settings.onChange();
    if (ending === undefined) {
      if (claim.fate !== "refused") this.#giveUp(claim);
      this.onWork();
    } else {
      this.#report(claim, ending);
    }
    if (this.#held.size > 0) return;
    const waiters = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiters) resolve();
  }

  /** The cluster will not be told how it ended, and waits for its lease. */
  #giveUp(claim: HeldClaim): void {
    this.#givenUp.set(claim.key, nameOf(claim.job));
    const [oldest] = this.#givenUp.keys();
    if (this.#givenUp.size > maxGivenUp && oldest !== undefined) this.#givenUp.delete(oldest);
  }

  #report(claim: HeldClaim, ending: Ending): void {
    this.outbox.push(new LastAct(claim, ending, this.#lastActs));
    this.onWork();
  }

  #onLastActRefused(claim: HeldClaim, ending: Ending, error: ConclaveError): void {
    this.#settings.onError(error, claim.job.id);
    // Its result is more than the nodes take: no other attempt would do better, and nobody shall wait for the lease.
    const tooLarge = error.code === "PAYLOAD_TOO_LARGE" && ending.complete !== undefined;
    if (tooLarge) this.#report(claim, { ...nameOf(claim.job), fail: fatalFailure(error) });
    else this.#giveUp(claim);
  }

  #renew(claims: readonly HeldClaim[]): void {
    for (const claim of claims) {
      const { id, fencingToken } = claim.job;
      this.outbox.push({
        act: { id, fencingToken, extend: {} },
        lasting: false,
        // The handler has ended, or is told to stop: the job would wait for one more lease, in which nobody works on it.
        isMoot: () => claim.whyGone() !== undefined || claim.leaseEndsAt <= this.#settings.clock.now(),
        onResult: (result, sentAt) => this.#onRenewal(claim, result, sentAt),
        onRefused: (error) => {
          if (isPassing(error)) this.#keeper.renewSoon(claim);
          else this.#settings.onError(error, id);
        },
      });
    }
    this.onWork();
  }

  #onRenewal(claim: HeldClaim, result: ActResult__Output, sentAt: number): void {
    if (claim.over) return;
    if (result.error !== null) {
      const cause = fromDetail(result.error);
      this.#lose(claim, "refused", `${cause.message}; its lease is lost`, cause);
      return;
    }
    if (result.expiresAtMs > 0) {
      this.logClock.localTimeOf(result.expiresAtMs - claim.job.leaseMs, this.#settings.clock.now());
    }
    claim.renewed(sentAt);
    if (!result.cancelRequested) return;
    claim.abort("cancelled", new JobCancelled(`job ${claim.job.id} was asked to be cancelled`));
  }

  #lose(
    claim: HeldClaim,
    fate: "lost" | "refused" = "lost",
    message = `the lease of job ${claim.job.id} ran out before it could be renewed`,
    cause?: ConclaveError,
  ): void {
    this.#keeper.remove(claim);
    const error = new ConclaveError("LEASE_LOST", message, { cause });
    claim.abort(fate, error);
    this.#settings.onError(error, claim.job.id);
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}

/** Costs no attempt. */
function givenBack(job: ClaimedJob__Output): Ending {
  return { ...nameOf(job), release: {} };
}

function nameOf({ id, fencingToken }: ClaimedJob__Output): ClaimName {
  return { id, fencingToken };
}
