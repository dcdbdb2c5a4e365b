import type { MonotonicMs } from "../base/brands.ts";

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
  /** Runs `callback` about every `ms` until the returned function is called. */
  every(ms: number, callback: () => void): () => void;
}
