import { MonotonicMs } from "../../src/base/brands.ts";
import type { Runtime } from "../../src/node/runtime.ts";

/** A `Runtime` whose time moves only when a test says so. */
export class VirtualRuntime implements Runtime {
  /** What `memoryShare` says. */
  memory = 0;
  #monotonic = 0;
  #wall: number;
  #soon: (() => void)[] = [];
  readonly #repeating = new Set<{ readonly ms: number; next: number; readonly callback: () => void }>();

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

  every(ms: number, callback: () => void): () => void {
    const timer = { ms, next: this.#monotonic + ms, callback };
    this.#repeating.add(timer);
    return () => this.#repeating.delete(timer);
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
      due.next = until + due.ms;
      due.callback();
    }
  }
}
