import type { Recurring } from "./runtime.ts";

/**
 * However little there seems to be to do: what rests on seconds need not be told to `idleMs`, and a mistake of `idleMs`
 * costs no more than this.
 */
export const longestRestMs = 200;

/** `Runtime.every` for a real process: a timer that rests while there is nothing to do, since each of its calls wakes it. */
export class RestingTimer implements Recurring {
  readonly #everyMs: number;
  readonly #callback: () => void;
  readonly #idleMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #lastAt: number;
  #dueAt = 0;
  #stopped = false;

  constructor(everyMs: number, callback: () => void, idleMs: () => number) {
    this.#everyMs = everyMs;
    this.#callback = callback;
    this.#idleMs = idleMs;
    this.#lastAt = performance.now();
    this.#arm(this.#lastAt + everyMs);
  }

  look(): void {
    const now = performance.now();
    if (this.#stopped || this.#dueAt <= now + this.#everyMs) return;
    const at = Math.max(this.#lastAt + this.#everyMs, now + this.#idleMs());
    if (at < this.#dueAt) this.#arm(at);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, Math.ceil(at - performance.now())));
  }

  #fire(): void {
    const now = performance.now();
    // Timers count from when the loop last looked at the clock: after a long turn they are early.
    if (now < this.#dueAt) return this.#arm(this.#dueAt);
    this.#lastAt = now;
    this.#callback();
    if (this.#stopped) return;
    const restMs = Math.min(Math.max(this.#everyMs, this.#idleMs()), longestRestMs);
    this.#arm(this.#lastAt + restMs);
  }
}
