import type { Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { type BackoffSettings, backoffMs } from "./backoff.ts";
import { LeaseSignal } from "./leaseSignal.ts";
import type { DutyTelemetry } from "./types.ts";

/** From when on a duty that goes on after its signal was aborted is told of in the log. */
const slowEndMs = 5_000;

export interface DutyRunnerOptions {
  readonly name: string;
  readonly run: (term: Term, signal: AbortSignal) => Promise<void>;
  readonly backoff: BackoffSettings;
  /** The term in which this node may act as the leader at this very moment, or null. */
  readonly leads: () => Term | null;
  readonly monotonicMs: () => number;
  readonly random: Random;
  readonly logger: Logger;
  readonly telemetry: DutyTelemetry;
}

interface Run {
  readonly term: Term;
  readonly lease: LeaseSignal;
  readonly beganAt: number;
  readonly ended: Promise<void>;
  /** When its end was first waited for; null while it may go on. */
  abortedAt: number | null;
  toldSlow: boolean;
}

/** One duty on this node: at most one run at a time, whose end comes before the next begins. */
export class DutyRunner {
  readonly #options: DutyRunnerOptions;
  #run: Run | null = null;
  /** Failures in a row in the term of the last run; after one, nothing before `#notBefore`. */
  #failures = 0;
  #notBefore = 0;
  #lastTerm: Term | null = null;
  /** The term in which it came to its end by itself: it has done what there was to do. */
  #doneIn: Term | null = null;
  #closed = false;

  constructor(options: DutyRunnerOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#run !== null;
  }

  /** Nothing of it begins before this; null when nothing is put off. */
  get nextAt(): number | null {
    return this.#run === null && this.#failures > 0 && !this.#closed ? this.#notBefore : null;
  }

  /** Ends what may not go on, and begins what may. Cheap; called at every tick and whenever leadership changes. */
  look(): void {
    if (this.#run !== null) this.#lookAtRun(this.#run);
    else if (!this.#closed) this.#begin();
  }

  /** No further run; resolves once the one under way has ended. */
  async close(reason: ConclaveError): Promise<void> {
    this.#closed = true;
    this.#run?.lease.abort(reason);
    await this.#run?.ended;
  }

  #lookAtRun(run: Run): void {
    const { monotonicMs, logger, name } = this.#options;
    if (!run.lease.look()) return;
    const now = monotonicMs();
    run.abortedAt ??= now;
    if (run.toldSlow || now - run.abortedAt < slowEndMs) return;
    run.toldSlow = true;
    logger.warn(
      { duty: name, term: run.term },
      "a leader's duty goes on although its signal was aborted: until it ends, this node cannot run it again",
    );
  }

  #begin(): void {
    const { leads, monotonicMs, name, logger, telemetry } = this.#options;
    const term = leads();
    if (term === null || term === this.#doneIn) return;
    if (term !== this.#lastTerm) this.#failures = 0;
    const now = monotonicMs();
    if (this.#failures > 0 && now < this.#notBefore) return;
    this.#lastTerm = term;
    const lease = new LeaseSignal(() => leads() === term, lost);
    logger.info({ duty: name, term }, "a leader's duty begins");
    telemetry.dutyBegan(name);
    const ended = this.#carryOut(term, lease, now);
    this.#run = { term, lease, beganAt: now, ended, abortedAt: null, toldSlow: false };
  }

  async #carryOut(term: Term, lease: LeaseSignal, beganAt: number): Promise<void> {
    // Not in the step of the core that made this node the leader.
    await Promise.resolve();
    let failed = false;
    try {
      if (!lease.look()) await this.#options.run(term, lease.signal);
    } catch (error) {
      failed = !lease.look();
      if (failed) this.#failed(term, error, beganAt);
    }
    this.#run = null;
    this.#options.telemetry.dutyEnded(this.#options.name, failed);
    if (!failed) this.#ended(term, lease);
  }

  #ended(term: Term, lease: LeaseSignal): void {
    const { name, logger } = this.#options;
    const byItself = !lease.look();
    if (byItself) this.#doneIn = term;
    const why = byItself ? "it came to its end by itself" : messageOf(lease.signal.reason);
    logger.info({ duty: name, term, why }, "a leader's duty has ended");
  }

  #failed(term: Term, error: unknown, beganAt: number): void {
    const { backoff, monotonicMs, random, name, logger } = this.#options;
    const now = monotonicMs();
    // It went well for longer than the longest wait: a new beginning.
    this.#failures = now - beganAt > backoff.maxMs ? 1 : this.#failures + 1;
    const delayMs = backoffMs(backoff, this.#failures, random);
    this.#notBefore = now + delayMs;
    logger.error(
      { duty: name, term, failures: this.#failures, delayMs, err: error },
      "a leader's duty failed; it is run again after the delay while this node leads",
    );
  }
}

function lost(): ConclaveError {
  return new ConclaveError(
    "NOT_LEADER",
    "this node leads no more, or may have been succeeded: the duty must end",
  );
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
