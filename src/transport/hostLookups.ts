import { ADDRCONFIG, type LookupAddress, lookup } from "node:dns";

/** After this the addresses of the last lookup are tried while the present one is not back. */
const slowMs = 100;
/** Hosts whose addresses are remembered: strangers may name as many as they like. */
const maxRemembered = 256;

export type FoundHost =
  /** Those that are not `current` may be nobody's any more, or somebody else's. */
  | { readonly type: "found"; readonly addresses: readonly LookupAddress[]; readonly current: boolean }
  | { readonly type: "failed"; readonly error: Error };

/**
 * Addresses of host names. A lookup is a call of the system's that nobody can cancel, and Node.js makes two of them at a
 * time: where each dial began one of its own, a single name that is slow to resolve (a stopped container's) would keep
 * this node from all others. So there is one at a time for each name, and whoever wants it waits for the same one.
 */
export class HostLookups {
  readonly #waiting = new Map<string, Set<(result: FoundHost) => void>>();
  readonly #last = new Map<string, readonly LookupAddress[]>();

  /** Unless the returned function is called, `onResult` is, once, from a later turn of the event loop. */
  find(host: string, onResult: (result: FoundHost) => void): () => void {
    const waiting = this.#waiting.get(host) ?? this.#begin(host);
    const stop = (): void => {
      clearTimeout(slow);
      waiting.delete(settle);
    };
    const settle = (result: FoundHost): void => {
      stop();
      onResult(result);
    };
    const slow = setTimeout(() => {
      const addresses = this.#last.get(host);
      if (addresses !== undefined) settle({ type: "found", addresses, current: false });
    }, slowMs);
    waiting.add(settle);
    return stop;
  }

  #begin(host: string): Set<(result: FoundHost) => void> {
    const waiting = new Set<(result: FoundHost) => void>();
    this.#waiting.set(host, waiting);
    // With the hint that `net.connect` gives.
    lookup(host, { all: true, hints: ADDRCONFIG }, (error, addresses) => {
      this.#waiting.delete(host);
      if (error === null) this.#remember(host, addresses);
      const result: FoundHost =
        error === null ? { type: "found", addresses, current: true } : { type: "failed", error };
      for (const settle of waiting) settle(result);
    });
    return waiting;
  }

  #remember(host: string, addresses: readonly LookupAddress[]): void {
    this.#last.delete(host);
    this.#last.set(host, addresses);
    const [oldest] = this.#last.keys();
    if (oldest !== undefined && this.#last.size > maxRemembered) this.#last.delete(oldest);
  }
}

/** Of the process, as are the two that are made at a time. */
export const hostLookups = new HostLookups();
