import { MonotonicMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Clock } from "../client/clock.ts";
import type { Recurring, Runtime } from "../node/runtime.ts";

/** Without anything due, time goes on in steps of this: duties that nobody told of are at most so late. */
const longestStepMs = 1_000;
/** The node looks at what is due this often. */
const tickMs = 20;
/** Turns of the event loop in which nothing happens, before everything is taken to have happened. */
const quietTurns = 4;
/** Something that goes on for longer while no time passes will never end: a job that is given back again and again. */
const endlessTurns = 2_000_000;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

interface Repeated {
  readonly everyMs: number;
  last: number;
  readonly callback: () => void;
}

// Kept from the start: a test may put timers of its own in the place of the real ones.
const turn = globalThis.setImmediate;

/**
 * The time of a test cluster: clock of its clients, runtime of its node. It moves by `step` only. What follows from a
 * step happens in real turns of the event loop, in which no time passes.
 */
export class VirtualTime implements Clock, Runtime {
  readonly moved = true;
  #monotonic = 0;
  #wall: number;
  readonly #maxTurns: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly #repeated = new Set<Repeated>();
  /** Callbacks that wait for their turn, and how much has happened so far. */
  #waiting = 0;
  #happened = 0;

  constructor(wallMs: number, maxTurns = endlessTurns) {
    this.#wall = wallMs;
    this.#maxTurns = maxTurns;
  }

  now(): number {
    return this.#monotonic;
  }

  monotonicMs(): MonotonicMs {
    return MonotonicMs(this.#monotonic);
  }

  wallMs(): number {
    return this.#wall;
  }

  waitedForCoreMs(): number {
    return 0;
  }

  memoryShare(): number {
    return 0;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#happened++;
    const timer = { at: this.#monotonic + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(callback: () => void): void {
    this.#happened++;
    this.#waiting++;
    turn(() => {
      this.#waiting--;
      callback();
    });
  }

  every(ms: number, callback: () => void): Recurring {
    const repeated = { everyMs: ms, last: this.#monotonic, callback };
    this.#repeated.add(repeated);
    return { look: () => undefined, stop: () => void this.#repeated.delete(repeated) };
  }

  /** Moves to what is due next, `dueMs` from now at the node, but not beyond `end`; what follows is still to be settled. */
  step(end: number, dueMs: number): void {
    let next = Math.min(end, this.#monotonic + Math.min(longestStepMs, Math.max(tickMs, dueMs)));
    for (const { at } of this.#timers) next = Math.min(next, at);
    next = Math.max(next, this.#monotonic);
    this.#wall += next - this.#monotonic;
    this.#monotonic = next;
    const due = [...this.#timers]
      .filter(({ at }) => at <= next)
      .sort((a, b) => a.at - b.at || a.order - b.order);
    for (const timer of due) {
      // One of those before it may have stopped it.
      if (!this.#timers.delete(timer)) continue;
      this.#happened++;
      timer.callback();
    }
    for (const repeated of this.#repeated) {
      if (next - repeated.last < repeated.everyMs) continue;
      repeated.last = next;
      repeated.callback();
    }
  }

  /** Resolves when all that follows from what happened so far has happened. Rejects with INTERNAL when that has no end. */
  async settled(): Promise<void> {
    let turns = 0;
    for (let quiet = 0; quiet < quietTurns; ) {
      if (turns++ === this.#maxTurns) throw endless(turns);
      const before = this.#happened;
      await new Promise<void>((resolve) => {
        turn(resolve);
      });
      quiet = this.#waiting === 0 && this.#happened === before ? quiet + 1 : 0;
    }
  }

  /** Grows with everything that happens. */
  get happened(): number {
    return this.#happened;
  }
}

function endless(turns: number): ConclaveError {
  return new ConclaveError(
    "INTERNAL",
    `after ${turns} turns of the event loop something still goes on while the clocks stand still: is there a job that ` +
      "comes again at once each time, or code that polls without a pause?",
  );
}
