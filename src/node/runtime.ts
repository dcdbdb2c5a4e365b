import type { MonotonicMs } from "../base/brands.ts";

/** Work that comes back, and that may rest. */
export interface Recurring {
  /** Something has happened, so that there may be something to do sooner than `idleMs` said. Cheap enough for each turn. */
  look(): void;
  stop(): void;
}

/** Where the driver gets time and turns from: the real process in production, virtual time in a simulator. */
export interface Runtime {
  monotonicMs(): MonotonicMs;
  wallMs(): number;
  /** For how long the thread has waited for a core so far, in ms; stays 0 where that is not known. */
  waitedForCoreMs(): number;
  /** Used part of the memory that jobs may take, 0 to 1. */
  memoryShare(): number;
  /** Runs `callback` in a turn of its own, after the I/O that is already waiting. */
  soon(callback: () => void): void;
  /**
   * Runs `callback` about every `ms` until it is stopped. `idleMs` says for how long calls would find nothing to do, by what
   * is known at the moment; they may be left out for so long, until `look` finds that there is less time left.
   */
  every(ms: number, callback: () => void, idleMs?: () => number): Recurring;
}
