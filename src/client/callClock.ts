import { Bag } from "../base/bag.ts";
import type { Clock } from "./clock.ts";
import type { EnqueueCall } from "./enqueueCall.ts";

/** Deadlines closer to each other than this share a look at the calls. */
const grainMs = 5;

/** Ends calls whose time is over: one timer for all of them, as a timer for each would cost more than the call. */
export class CallClock {
  readonly #open = new Bag<EnqueueCall>();
  readonly #expire: (call: EnqueueCall) => void;
  readonly #clock: Clock;
  #disarm: () => void = () => undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, expire: (call: EnqueueCall) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  add(call: EnqueueCall): void {
    this.#open.add(call);
    if (call.budget.endsAt < this.#firesAt - grainMs) this.#arm(call.budget.remainingMs);
  }

  remove(call: EnqueueCall): void {
    this.#open.delete(call);
  }

  /** Stops, and hands over the calls that are still open. */
  close(): readonly EnqueueCall[] {
    this.#disarm();
    return [...this.#open];
  }

  #arm(delayMs: number): void {
    const firesAt = this.#clock.now() + delayMs;
    if (firesAt >= this.#firesAt - grainMs) return;
    this.#disarm();
    this.#firesAt = firesAt;
    this.#disarm = this.#clock.after(delayMs, () => this.#look());
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
