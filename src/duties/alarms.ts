import { onAbort } from "../client/signals.ts";

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/** Waits that end with a tick, after the tick has looked whether the leadership still holds: no timer of its own. */
export class Alarms {
  readonly #monotonicMs: () => number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stopListening = onAbort(signal, () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
      const wake = (): void => {
        stopListening();
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { dueAt: this.#monotonicMs() + ms, wake };
      this.#sleepers.add(sleeper);
    });
  }

  /** When the first is to be woken, or null. */
  get nextAt(): number | null {
    let next: number | null = null;
    for (const { dueAt } of this.#sleepers) next = Math.min(next ?? dueAt, dueAt);
    return next;
  }

  /** Wakes who has slept long enough. */
  ring(): void {
    const now = this.#monotonicMs();
    for (const sleeper of this.#sleepers) if (sleeper.dueAt <= now) sleeper.wake();
  }
}
