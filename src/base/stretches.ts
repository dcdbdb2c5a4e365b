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

interface Moment {
  readonly at: number;
  readonly waited: number;
}

/** A thread that lost its core between two looks at the clocks is asked again, for they would not fit each other. */
const looks = 4;

/** For how long a work that is done in pieces keeps the event loop at a stretch: each piece from `begin` to `end`. */
export class Stretches {
  readonly #clock: CoreClock;
  #began: Moment | null = null;
  #longest: Longest = { ms: 0, ownMs: 0 };

  constructor(clock: CoreClock) {
    this.#clock = clock;
  }

  /** Nothing when one has begun. */
  begin(): void {
    this.#began ??= momentOf(this.#clock);
  }

  /** Nothing when none has begun. */
  end(): void {
    if (this.#began === null) return;
    const { at, waited } = momentOf(this.#clock);
    const ms = at - this.#began.at;
    const ownMs = Math.max(0, ms - (waited - this.#began.waited));
    this.#longest = { ms: Math.max(this.#longest.ms, ms), ownMs: Math.max(this.#longest.ownMs, ownMs) };
    this.#began = null;
  }

  /** Of the present one; 0 when none has begun. */
  get lastsMs(): number {
    return this.#began === null ? 0 : this.#clock.monotonicMs() - this.#began.at;
  }

  /** Of those that have ended. */
  get longest(): Longest {
    return this.#longest;
  }
}

/** Both clocks at one moment. */
function momentOf(clock: CoreClock): Moment {
  let waited = clock.waitedForCoreMs();
  for (let look = 1; ; look++) {
    const at = clock.monotonicMs();
    const after = clock.waitedForCoreMs();
    if (after === waited || look === looks) return { at, waited };
    waited = after;
  }
}
