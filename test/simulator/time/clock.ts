import { Overlay } from "./overlay.ts";

/** What a node's clocks show: they run at a rate of their own, and the wall clock may be set. */
export class SkewedClock {
  readonly #trueNow: () => number;
  #since: number;
  #monotonicThen: number;
  readonly #rate: Overlay<number>;
  #wallOffset: number;

  /** `rate`: this clock's milliseconds in a true one. `bootMs`: what the monotonic clock shows now. */
  constructor(trueNow: () => number, rate: number, bootMs: number, wallAtStart: number) {
    this.#trueNow = trueNow;
    this.#since = trueNow();
    this.#monotonicThen = bootMs;
    this.#rate = new Overlay(rate);
    this.#wallOffset = wallAtStart - bootMs;
  }

  get rate(): number {
    return this.#rate.value;
  }

  /** True time since when it runs at this rate. */
  get ratedSince(): number {
    return this.#since;
  }

  /** Never goes back. */
  monotonicMs(): number {
    return this.#monotonicThen + (this.#trueNow() - this.#since) * this.#rate.value;
  }

  wallMs(): number {
    return this.monotonicMs() + this.#wallOffset;
  }

  /** An operator or NTP sets the wall clock; the monotonic clock goes on. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Returns how to end it: the clock then runs as it would without. */
  drift(rate: number): () => void {
    this.#settle();
    const end = this.#rate.lay(rate);
    return () => {
      this.#settle();
      end();
    };
  }

  #settle(): void {
    this.#monotonicThen = this.monotonicMs();
    this.#since = this.#trueNow();
  }
}
