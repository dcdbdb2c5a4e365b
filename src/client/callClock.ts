import type { EnqueueCall } from "./enqueueCall.ts";

/** Deadlines closer to each other than this share a look at the calls. */
const grainMs = 5;

/** Ends calls whose time is over: one timer for all of them, as a timer for each would cost more than the call. */
export class CallClock {
  readonly #open = new Set<EnqueueCall>();
  readonly #expire: (call: EnqueueCall) => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(expire: (call: EnqueueCall) => void) {
    this.#expire = expire;
  }

  add(call: EnqueueCall): void {
    this.#open.add(call);
    this.#arm(call.budget.remainingMs);
  }

  remove(call: EnqueueCall): void {
    this.#open.delete(call);
  }

  /** Stops, and hands over the calls that are still open. */
  close(): readonly EnqueueCall[] {
    clearTimeout(this.#timer);
    return [...this.#open];
  }

  #arm(delayMs: number): void {
    const firesAt = performance.now() + delayMs;
    if (firesAt >= this.#firesAt - grainMs) return;
    clearTimeout(this.#timer);
    this.#firesAt = firesAt;
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const call of this.#open) {
      const { remainingMs } = call.budget;
      if (remainingMs === 0) this.#expire(call);
      else nextMs = Math.min(nextMs, remainingMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(Math.max(grainMs, nextMs));
  }
}
