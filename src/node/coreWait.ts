import { openSync, readSync } from "node:fs";

const buffer = Buffer.alloc(64);
/** Null where there is no such file, which only Linux has. */
let file: number | null | undefined;

/**
 * For how long this thread has waited for a core so far, in ms: the second number of its `schedstat`, which the kernel has
 * brought up to date whenever the thread runs. 0 where that is not to be had. Takes 2 us.
 */
export function waitedForCoreMs(): number {
  if (file === undefined) file = opened();
  if (file === null) return 0;
  try {
    const length = readSync(file, buffer, 0, buffer.length, 0);
    const waitedNs = Number(buffer.toString("latin1", 0, length).split(" ")[1]);
    return Number.isFinite(waitedNs) ? waitedNs / 1e6 : 0;
  } catch {
    file = null;
    return 0;
  }
}

function opened(): number | null {
  try {
    return openSync("/proc/thread-self/schedstat", "r");
  } catch {
    return null;
  }
}
