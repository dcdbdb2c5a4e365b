/**
 * How processes that run seeds are started: with room for young objects to die in, for a run makes them by the million, and
 * without helpers for the collector, which cost a sixth of all CPU time where every core runs seeds of its own.
 */
export const nodeFlags: readonly string[] = ["--max-semi-space-size=64", "--single-threaded-gc"];
