import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { type Clock, processClock } from "./clock.ts";
import { onAbort } from "./signals.ts";

/** What every call takes: how long to try, and how to give up early. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Over all retries; default 30 s. */
  readonly timeout?: Duration | undefined;
}

export const defaultTimeoutMs = 30_000;

/** How much longer a call may go on: a deadline on the monotonic clock and the caller's signal. */
export class Budget {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #clock: Clock;
  /** On the monotonic clock, in ms. */
  readonly endsAt: number;

  constructor(options: CallOptions = {}, fallbackMs = defaultTimeoutMs, clock: Clock = processClock) {
    this.#clock = clock;
    this.timeoutMs = options.timeout === undefined ? fallbackMs : toMs(options.timeout, "timeout");
    this.signal = options.signal;
    this.endsAt = clock.now() + this.timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAt - this.#clock.now());
  }

  /** Throws ABORTED or DEADLINE_EXCEEDED when the call must end. */
  check(): void {
    if (this.signal?.aborted === true) throw aborted(this.signal);
    if (this.remainingMs === 0) throw new ConclaveError("DEADLINE_EXCEEDED", this.#overdue());
  }

  /** Settles as `work` does, unless the budget ends before it; `work` itself goes on. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = this;
      const give = (error: ConclaveError) => {
        settle();
        reject(error);
      };
      const disarm = this.#clock.after(this.remainingMs, () =>
        give(new ConclaveError("DEADLINE_EXCEEDED", this.#overdue())),
      );
      const settle = () => {
        disarm();
        unlisten();
      };
      const unlisten = onAbort(signal, () => {
        if (signal !== undefined) give(aborted(signal));
      });
      void work.then(resolve, reject).finally(settle);
    });
  }

  /** Waits, but no longer than the budget lasts or until `closing` aborts; never rejects. */
  pause(delayMs: number, closing?: AbortSignal): Promise<void> {
    return pause(this.#clock, Math.min(delayMs, this.remainingMs), this.signal, closing);
  }

  #overdue(): string {
    return `no answer within ${this.timeoutMs} ms; give it a longer \`timeout\` or see what keeps the cluster`;
  }
}

export function aborted(signal: AbortSignal): ConclaveError {
  return new ConclaveError("ABORTED", "the call was aborted by its signal", { cause: signal.reason });
}

/** Resolves after `delayMs`, or at once when one of the signals aborts. */
export function pause(
  clock: Clock,
  delayMs: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  if (delayMs <= 0 || signals.some((signal) => signal?.aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      disarm();
      for (const unlisten of listening) unlisten();
      resolve();
    };
    const disarm = clock.after(delayMs, done);
    const listening = signals.map((signal) => onAbort(signal, done));
  });
}
