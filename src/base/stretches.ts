/** Tells the time, and for how much of it the thread had work to do and no core to do it on. */
export interface CoreClock {
  monotonicMs(): number;
  /** Since some moment; stays 0 where the operating system does not tell. */
  waitedForCoreMs(): number;
}

/** The longest stretch of a work, and the longest when waiting for a core does not count. They need not be the same one. */
export interface Longest {
  readonly ms: number;
  readonly ownMs: number;
}

/** For how long a work that is done in pieces keeps the event loop at a stretch: each piece from `begin` to `end`. */
export class Stretches {
  readonly #clock: CoreClock;
  #beganAt: number | null = null;
  #waitedBefore = 0;
  #longest: Longest = { ms: 0, ownMs: 0 };

  constructor(clock: CoreClock) {
    this.#clock = clock;
  }

  /** Nothing when one has begun. */
  begin(): void {
    if (this.#beganAt !== null) return;
    this.#beganAt = this.#clock.monotonicMs();
    this.#waitedBefore = this.#clock.waitedForCoreMs();
  }

  /** Nothing when none has begun. */
  end(): void {
    if (this.#beganAt === null) return;
    const ms = this.#clock.monotonicMs() - this.#beganAt;
    const ownMs = Math.max(0, ms - (this.#clock.waitedForCoreMs() - this.#waitedBefore));
    this.#longest = { ms: Math.max(this.#longest.ms, ms), ownMs: Math.max(this.#longest.ownMs, ownMs) };
    this.#beganAt = null;
  }

  /** Of the present one; 0 when none has begun. */
  get lastsMs(): number {
    return this.#beganAt === null ? 0 : this.#clock.monotonicMs() - this.#beganAt;
  }

  /** Of those that have ended. */
  get longest(): Longest {
    return this.#longest;
  }
}
