import type { ConclaveError } from "../../base/errors.ts";

type Stop = (reason: ConclaveError) => void;

/** The calls that last (streams and long polls), so that a shutdown can end each with its reason. */
export class LiveCalls {
  readonly #stops = new Set<Stop>();
  #closed: ConclaveError | null = null;

  /** Throws the reason once `stopAll` was called: no call begins after that. */
  check(): void {
    if (this.#closed !== null) throw this.#closed;
  }

  /** Registers a call; the returned function takes it off again. Throws as `check`. */
  add(stop: Stop): () => void {
    this.check();
    this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
    };
  }

  stopAll(reason: ConclaveError): void {
    this.#closed = reason;
    for (const stop of this.#stops) stop(reason);
    this.#stops.clear();
  }
}
