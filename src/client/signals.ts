import { setMaxListeners } from "node:events";

const unlimited = new WeakSet<AbortSignal>();

/**
 * Calls `listener` when `signal` aborts, and gives back how to stop listening. Of one that has aborted already it is told in a
 * microtask, for such a signal has no event any more, and a listener may use what its caller makes only after this. One signal
 * may well end thousands of calls: that is no leak to warn of, as each stops listening when it is done.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    let listens = true;
    queueMicrotask(() => {
      if (listens) listener();
    });
    return () => {
      listens = false;
    };
  }
  if (!unlimited.has(signal)) {
    unlimited.add(signal);
    setMaxListeners(0, signal);
  }
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
