import { getHeapStatistics } from "node:v8";
import { MonotonicMs } from "../base/brands.ts";
import { waitedForCoreMs } from "./coreWait.ts";
import type { Runtime } from "./runtime.ts";

/** Time and turns of the real process. */
export const processRuntime: Runtime = {
  monotonicMs: () => MonotonicMs(performance.now()),
  wallMs: () => Date.now(),
  waitedForCoreMs,
  memoryShare: () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return used / limit;
  },
  soon: (callback) => {
    setImmediate(callback);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
};
