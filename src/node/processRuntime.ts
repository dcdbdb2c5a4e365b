import { getHeapStatistics } from "node:v8";
import { MonotonicMs } from "../base/brands.ts";
import { waitedForCoreMs } from "./coreWait.ts";
import { RestingTimer } from "./restingTimer.ts";
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
  every: (ms, callback, idleMs = () => 0) => new RestingTimer(ms, callback, idleMs),
};
