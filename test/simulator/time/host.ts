import { type Random, SeededRandom } from "../../../src/base/random.ts";
import type { SkewedClock } from "./clock.ts";
import { cancel, type Scheduled, type Timeline } from "./timeline.ts";

/** Runs every microtask and `nextTick` that waits. Only from a macrotask: inside a microtask it does nothing. */
const drainMicrotasks = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

/** Whose code runs at the moment: what it asks of time, disk and chance is its own. */
let running: Host | null = null;

export function currentHost(): Host | null {
  return running;
}

function enter(host: Host | null): void {
  running = host;
}

export interface HostOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly clock: SkewedClock;
  /** Chance as the host's own code draws it (jitter, ids). */
  readonly random: Random;
  /** How long a turn of its event loop may wait for its start: 0..turnMs. */
  readonly turnMs: number;
  /** What looking at the clock costs: work takes time, so that slices end. */
  readonly lookCostMs: number;
  /** An error that nobody caught, or a rejection that nobody handles: a real process would have died of it. */
  readonly onUncaught: (error: unknown) => void;
}

/**
 * One life of one process. Its callbacks run one at a time, each with all microtasks that follow from it; none runs
 * while it is paused (they wait, as in a stopped process) and none after it was killed.
 */
export class Host {
  readonly name: string;
  readonly timeline: Timeline;
  readonly clock: SkewedClock;
  readonly random: Random;
  /** As many digits as others have: names are made of it. */
  readonly pid = 4_242;
  readonly #options: HostOptions;
  #bytes: SeededRandom | null = null;
  #alive = true;
  /** Pauses may overlap. */
  #pauses = 0;
  #resumedAt = Number.NEGATIVE_INFINITY;
  #waiting: (() => void)[] = [];
  #isPumping = false;
  #busyMs = 0;
  #busyUntil = 0;
  #onKilled: (() => void)[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.name = options.name;
    this.timeline = options.timeline;
    this.clock = options.clock;
    this.random = options.random;
  }

  /**
   * Chance for whole buffers, apart from `random`: the SDK keeps a pool for its ids in the module, which all processes and
   * runs share here, and whoever finds it empty must not draw otherwise for it than it would have.
   */
  get bytes(): Random {
    this.#bytes ??= new SeededRandom(`${this.name}/bytes`);
    return this.#bytes;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** True time of the end of its last pause. */
  get resumedAt(): number {
    return this.#resumedAt;
  }

  monotonicMs(): number {
    if (running === this) this.#busyMs += this.#options.lookCostMs;
    return this.clock.monotonicMs() + this.#busyMs * this.clock.rate;
  }

  wallMs(): number {
    return this.clock.wallMs() + this.#busyMs;
  }

  /** Runs `callback` as this process, now or as soon as it can, one after the other; never, when it is dead by then. */
  run(callback: () => void): void {
    if (!this.#alive) return;
    if (running === this) return this.#carryOut(callback);
    const isFree = !this.paused && this.#waiting.length === 0 && this.timeline.now >= this.#busyUntil;
    if (isFree) return this.#carryOut(callback);
    this.#waiting.push(callback);
    this.#pumpLater();
  }

  #pumpLater(): void {
    if (this.#isPumping || this.paused) return;
    this.#isPumping = true;
    this.timeline.at(this.#busyUntil, () => this.#pump());
  }

  #pump(): void {
    this.#isPumping = false;
    if (!this.#alive || this.paused) return;
    if (this.timeline.now < this.#busyUntil) return this.#pumpLater();
    const next = this.#waiting.shift();
    if (next !== undefined) this.#carryOut(next);
    if (this.#waiting.length > 0) this.#pumpLater();
  }

  #carryOut(callback: () => void): void {
    const outer = running;
    enter(this);
    try {
      callback();
      drainMicrotasks();
    } catch (error) {
      this.#options.onUncaught(error);
    } finally {
      enter(outer);
      this.#busyUntil = this.timeline.now + this.#busyMs;
      if (outer !== this) this.#busyMs = 0;
    }
  }

  /** Runs what follows from a callback of this process, and reports what it throws. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.uncaught(error);
    }
  }

  /** Reports what no caller handles. */
  uncaught(error: unknown): void {
    this.#options.onUncaught(error);
  }

  /** In a turn of its own, soon. */
  soon(callback: () => void): Scheduled {
    const delay = this.#options.turnMs === 0 ? 0 : this.#options.turnMs * this.random.next();
    return this.#schedule(delay, callback);
  }

  /** After `ms` of this host's clock. */
  after(ms: number, callback: () => void): Scheduled {
    return this.#schedule(Math.max(0, ms) / this.clock.rate, callback);
  }

  /** One that is cancelled while it waits for this process to be free does not run either. */
  #schedule(delayMs: number, callback: () => void): Scheduled {
    const item = this.timeline.after(delayMs, () =>
      this.run(() => {
        if (item.run !== null) callback();
      }),
    );
    return item;
  }

  /** Every `ms`; a callback that could not run in time (pause) is not made up for. */
  every(ms: number, callback: () => void): () => void {
    let next: Scheduled;
    let waiting = false;
    const fire = (): void => {
      if (!this.#alive) return;
      next = this.timeline.after(ms / this.clock.rate, fire);
      if (waiting) return;
      waiting = true;
      this.run(() => {
        waiting = false;
        if (!stopped) callback();
      });
    };
    let stopped = false;
    next = this.timeline.after(ms / this.clock.rate, fire);
    return () => {
      stopped = true;
      cancel(next);
    };
  }

  /** Resolves after `ms` of this host's clock. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Returns how to end it; the process goes on when no other pause is left. */
  pause(): () => void {
    this.#pauses += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#pauses -= 1;
      if (this.#pauses === 0) this.#resumedAt = this.timeline.now;
      this.#pumpLater();
    };
  }

  /** The process is gone: nothing of it ever runs again. */
  kill(): void {
    this.#alive = false;
    this.#waiting = [];
    const told = this.#onKilled;
    this.#onKilled = [];
    for (const tell of told) tell();
  }

  /** For whoever would hear of its end: `tell` is not run as this process. Returns how to hear no more. */
  whenKilled(tell: () => void): () => void {
    this.#onKilled.push(tell);
    return () => {
      this.#onKilled = this.#onKilled.filter((each) => each !== tell);
    };
  }
}
