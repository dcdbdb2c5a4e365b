import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { onAbort } from "../client/signals.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { backoffMs } from "./backoff.ts";
import { asFailure, PollFailure } from "./pollFailure.ts";
import type { PollRequest, PollTelemetry, SourceSettings } from "./sourceTypes.ts";
import { takeItems } from "./takeItems.ts";
import type { DutyContext, DutyEnqueued } from "./types.ts";

/** The longest wait that an endpoint can ask for. */
const maxRetryAfterMs = 3_600_000;

/** What is asked: an endpoint or a function. */
export interface Origin {
  readonly poll: (request: PollRequest) => Promise<readonly unknown[]>;
  /** Null when it wants none. */
  readonly ack: ((ids: readonly string[], request: PollRequest) => Promise<void>) | null;
}

export interface PollerOptions {
  readonly settings: SourceSettings;
  readonly origin: Origin;
  /** There is a job of this id in the applied state. */
  readonly jobExists: (id: string) => boolean;
  readonly enqueue: (jobs: readonly JobSpec[]) => Promise<readonly DutyEnqueued[]>;
  readonly monotonicMs: () => number;
  readonly random: Random;
  readonly logger: Logger;
  readonly telemetry: PollTelemetry;
}

/** Polls one source for as long as one leadership lasts. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #context: DutyContext;
  #cursor = "";
  #failures = 0;
  #toldRefused = "";
  /** The end of the call that was made last, while it goes on: one that does not heed its signal can do so for ever. */
  #underWay: Promise<void> | null = null;

  constructor(options: PollerOptions, context: DutyContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Ends by the signal only, whose reason it throws; not before the call under way, which must not meet one of the next run. */
  async run(): Promise<never> {
    try {
      for (;;) {
        this.#context.signal.throwIfAborted();
        const waitMs = await this.#once();
        if (waitMs > 0) await this.#context.sleep(waitMs);
      }
    } finally {
      await this.#underWay;
    }
  }

  /** One poll and all that follows from it. Returns the wait before the next. */
  async #once(): Promise<number> {
    const { settings, monotonicMs, telemetry, logger, random } = this.#options;
    const beganAt = monotonicMs();
    let answeredAt: number | null = null;
    try {
      const items = await this.#ask((request) => this.#options.origin.poll(request), settings.longPollMs);
      answeredAt = monotonicMs();
      const more = await this.#take(items);
      telemetry.polled(settings.name, items.length > 0 ? "items" : "empty", answeredAt - beganAt);
      if (this.#failures > 0) logger.info({ failures: this.#failures }, "the source can be polled again");
      this.#failures = 0;
      if (more) return 0;
      const interval = settings.intervalMs * (1 + settings.jitter * random.next());
      return Math.max(0, interval - (monotonicMs() - beganAt));
    } catch (error) {
      const ms = (answeredAt ?? monotonicMs()) - beganAt;
      return this.#failed(error, ms);
    }
  }

  #failed(error: unknown, ms: number): number {
    const { settings, telemetry, logger, random } = this.#options;
    if (this.#context.signal.aborted) {
      telemetry.polled(settings.name, "aborted", ms);
      throw this.#context.signal.reason;
    }
    const { outcome, message, retryAfterMs } = asFailure(error, "threw");
    telemetry.polled(settings.name, outcome, ms);
    this.#failures++;
    const wishedMs = Math.min(maxRetryAfterMs, retryAfterMs);
    const delayMs = Math.max(wishedMs, backoffMs(settings.backoff, this.#failures, random));
    logger.warn({ outcome, why: message, failures: this.#failures, delayMs }, "a poll failed");
    return delayMs;
  }

  /** The call's signal aborts with the leadership, and when its time is over; its answer is not waited for any longer then. */
  async #ask<T>(call: (request: PollRequest) => Promise<T>, waitMs: number): Promise<T> {
    const { settings } = this.#options;
    const { nodeId, term, signal } = this.#context;
    if (this.#underWay !== null) throw goesOn();
    const boundMs = settings.timeoutMs + waitMs;
    const controller = new AbortController();
    const late = new PollFailure("unreachable", `no answer within ${boundMs} ms`);
    const timer = setTimeout(() => controller.abort(late), boundMs);
    const stopListening = onAbort(signal, () => controller.abort(signal.reason));
    try {
      signal.throwIfAborted();
      const { name: source, maxItems: limit } = settings;
      const request = {
        source,
        nodeId,
        term,
        cursor: this.#cursor,
        limit,
        waitMs,
        signal: controller.signal,
      };
      const answer = await Promise.race([this.#noted(call(request)), abortOf(controller.signal)]);
      // Whatever came, it came too late: nothing is made of it.
      signal.throwIfAborted();
      return answer;
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  #noted<T>(call: Promise<T>): Promise<T> {
    const ended = (): void => {
      this.#underWay = null;
    };
    this.#underWay = call.then(ended, ended);
    return call;
  }

  /** True when there is more to be had at once. */
  async #take(items: readonly unknown[]): Promise<boolean> {
    const { settings, origin, jobExists, enqueue, telemetry } = this.#options;
    const { signal } = this.#context;
    const taken = await takeItems(items, { settings, signal, jobExists, enqueue, telemetry });
    this.#tellRefused(taken.refusals);
    if (origin.ack !== null && taken.ids.length > 0) await this.#acknowledge(taken.ids, origin.ack);
    // Last: a poll that fails before is repeated from where it began.
    this.#cursor = taken.cursor || this.#cursor;
    const isFull = !taken.isWhole || items.length >= settings.maxItems;
    return taken.enqueued > 0 && (isFull || settings.longPollMs > 0);
  }

  /** Once for what is refused again and again. */
  #tellRefused(refusals: readonly string[]): void {
    const [why = ""] = refusals;
    if (why !== "" && why !== this.#toldRefused) {
      this.#options.logger.warn({ why, refused: refusals.length }, "items of a source cannot be jobs");
    }
    this.#toldRefused = why;
  }

  async #acknowledge(ids: readonly string[], ack: NonNullable<Origin["ack"]>): Promise<void> {
    try {
      await this.#ask((request) => ack(ids, request), 0);
    } catch (error) {
      const { message, retryAfterMs } = asFailure(error, "notAcknowledged");
      throw new PollFailure("notAcknowledged", message, { cause: error, retryAfterMs });
    }
  }
}

/** Rejects with the signal's reason. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => onAbort(signal, () => reject(signal.reason)));
}

function goesOn(): PollFailure {
  const why = "the call before has not ended although its signal was aborted";
  return new PollFailure("unreachable", `${why}: the source is called again once it has`);
}
