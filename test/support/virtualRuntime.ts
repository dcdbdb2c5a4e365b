import { MonotonicMs } from "../../src/base/brands.ts";
import { longestRestMs } from "../../src/node/restingTimer.ts";
import type { Recurring, Runtime } from "../../src/node/runtime.ts";

interface Repeating {
  readonly ms: number;
  last: number;
  next: number;
  readonly callback: () => void;
  readonly idleMs: () => number;
}

/** A `Runtime` whose time moves only when a test says so. */
export class VirtualRuntime implements Runtime {
  /** What `memoryShare` says. */
  memory = 0;
  #monotonic = 0;
  #wall: number;
  #soon: (() => void)[] = [];
  /** Calls of what repeats, rests left out. */
  ticks = 0;
  readonly #repeating = new Set<Repeating>();

  constructor(wall = 1_800_000_000_000) {
    this.#wall = wall;
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
    return this.memory;
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** Rests as the real one does, so that whatever `idleMs` does not know of comes late. */
  every(ms: number, callback: () => void, idleMs: () => number = () => 0): Recurring {
    const timer: Repeating = { ms, last: this.#monotonic, next: this.#monotonic + ms, callback, idleMs };
    this.#repeating.add(timer);
    return {
      look: () => {
        if (timer.next <= this.#monotonic + ms) return;
        timer.next = Math.min(timer.next, Math.max(timer.last + ms, this.#monotonic + idleMs()));
      },
      stop: () => void this.#repeating.delete(timer),
    };
  }

  /** The wall clock is set, the monotonic clock goes on: a step by an operator or NTP. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  /** The process is paused: time passes, and nothing runs. */
  sleep(ms: number): void {
    this.#monotonic += ms;
    this.#wall += ms;
  }

  /** Runs what waits for a turn, until nothing does. */
  settle(): void {
    while (this.#soon.length > 0) {
      const now = this.#soon;
      this.#soon = [];
      for (const callback of now) callback();
    }
  }

  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      this.settle();
      const due = [...this.#repeating]
        .filter((timer) => timer.next <= end)
        .sort((a, b) => a.next - b.next)[0];
      const until = Math.max(this.#monotonic, due?.next ?? end);
      this.#wall += until - this.#monotonic;
      this.#monotonic = until;
      if (due === undefined) return;
      due.last = until;
      due.next = until + due.ms;
      this.ticks++;
      due.callback();
      due.next = until + Math.max(due.ms, Math.min(due.idleMs(), longestRestMs));
    }
  }
}
