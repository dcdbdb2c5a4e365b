import { setMaxListeners } from "node:events";

const unlimited = new WeakSet<AbortSignal>();

/**
 * Calls `listener` when `signal` aborts, and gives back how to stop listening. One signal may well end thousands
 * of calls: that is no leak to warn of, as each stops listening when it is done.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (!unlimited.has(signal)) {
    unlimited.add(signal);
    setMaxListeners(0, signal);
  }
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
