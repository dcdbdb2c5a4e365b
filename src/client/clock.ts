/** Where the SDK takes its time from: the clocks of the process, or those of a test. Turns of the event loop are real. */
export interface Clock {
  /** Monotonic ms. */
  now(): number;
  /** ms since the epoch. */
  wallMs(): number;
  /** Calls back after `delayMs`; the returned function makes it not. */
  after(delayMs: number, callback: () => void): () => void;
  /** A test moves it: it stands still when the event loop does, and each timer is a step more. */
  readonly moved?: boolean;
}

/** Node.js's timers fire at once beyond this (24 days). */
const longestTimerMs = 2 ** 31 - 1;

export const processClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, callback) => {
    let left = delayMs;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const stretch = Math.min(left, longestTimerMs);
      left -= stretch;
      timer = setTimeout(left > 0 ? arm : callback, stretch);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
