import type { ConclaveError } from "../base/errors.ts";

/**
 * An AbortSignal that cannot be found unaborted once the lease is over. A process that was paused (SIGSTOP, a suspended
 * machine) may be woken by the duty's own timer or socket before anything of ours had a turn to abort it: so whoever asks
 * the signal makes it look at the lease first.
 */
export class LeaseSignal {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #holds: () => boolean;
  readonly #lost: () => ConclaveError;
  #over = false;

  constructor(holds: () => boolean, lost: () => ConclaveError) {
    this.#holds = holds;
    this.#lost = lost;
    this.signal = this.#controller.signal;
    Object.defineProperties(this.signal, {
      aborted: { get: () => this.look() },
      throwIfAborted: {
        value: () => {
          if (this.look()) throw this.signal.reason;
        },
      },
    });
  }

  /** Aborts when the lease is over; true when aborted. */
  look(): boolean {
    if (!this.#over && !this.#holds()) this.abort(this.#lost());
    return this.#over;
  }

  abort(reason: ConclaveError): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller.abort(reason);
  }
}
