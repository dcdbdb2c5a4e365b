import type { Runtime } from "./runtime.ts";

/** Lets everything that waits have its turn: I/O, timers, other turns. */
export function pause(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => runtime.soon(resolve));
}

/** Resolves after `ms`, or at once when `signal` fires. */
export function delay(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      timer.stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = runtime.every(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
