import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import type { Clock } from "./clock.ts";

type Send = (data: Uint8Array, options: CallOptions) => Promise<unknown>;

/** A checkpoint that waits for the one before it, and who waits for it. */
class Waiting {
  data: Uint8Array;
  /** Monotonic ms: the last of those who wait gives up then. */
  endsAt = 0;
  readonly outcome: Promise<void>;
  readonly #given = new AbortController();
  #waiters = 0;
  settle: (sent: Promise<unknown>) => void = () => undefined;

  constructor(data: Uint8Array) {
    this.data = data;
    this.outcome = new Promise((resolve) => {
      this.settle = (sent) => resolve(sent.then(() => undefined));
    });
    // Whoever waits may have given up.
    this.outcome.catch(() => undefined);
  }

  /** Aborts when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#given.signal;
  }

  async join(budget: Budget): Promise<void> {
    this.#waiters++;
    this.endsAt = Math.max(this.endsAt, budget.endsAt);
    try {
      await budget.race(this.outcome);
    } finally {
      this.#waiters--;
      if (this.#waiters === 0) this.#given.abort();
    }
  }
}

/**
 * The checkpoints of one claim, one at a time: of two on their way the first may be refused, and be sent again after the second
 * was acknowledged. Of several that have not left yet only the last is sent, and answers for all.
 */
export class ClaimCheckpoints {
  readonly #clock: Clock;
  readonly #send: Send;
  #next: Waiting | undefined;
  #sending: Promise<void> | undefined;

  constructor(clock: Clock, send: Send) {
    this.#clock = clock;
    this.#send = send;
  }

  async save(data: Uint8Array, options: CallOptions): Promise<void> {
    if (this.#sending === undefined) {
      const sent = this.#send(data, options);
      this.#sending = this.#follow(sent);
      await sent;
      return;
    }
    const budget = new Budget(options, defaultTimeoutMs, this.#clock);
    budget.check();
    // One that everybody has given up is not sent any more, and answers for nobody.
    if (this.#next === undefined || this.#next.signal.aborted) this.#next = new Waiting(data);
    this.#next.data = data;
    await this.#next.join(budget);
  }

  /**
   * Waits for what was saved so far, and may have been refused: an act that ends the claim goes after it. Gives the options with
   * the time that is left of them.
   */
  async settled(options: CallOptions): Promise<CallOptions> {
    if (this.#sending === undefined) return options;
    const budget = new Budget(options, defaultTimeoutMs, this.#clock);
    await budget.race(this.#sending);
    return { ...options, timeout: budget.remainingMs };
  }

  async #follow(first: Promise<unknown>): Promise<void> {
    await Promise.allSettled([first]);
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      const timeout = Math.max(0, next.endsAt - this.#clock.now());
      next.settle(this.#send(next.data, { timeout, signal: next.signal }));
      await Promise.allSettled([next.outcome]);
    }
    this.#sending = undefined;
  }
}
