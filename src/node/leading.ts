import type { Term } from "../base/brands.ts";

/**
 * Whether this node may act as the leader, for duties that only the leader has. The answer holds for the very moment of
 * the question: it is worked out anew from the lease and the clock each time, and never kept.
 */
export class Leading {
  readonly #now: () => Term | null;
  readonly #watchers = new Set<() => void>();

  /** `now`: the term in which this node leads, has applied all its predecessors' work and holds its lease; else null. */
  constructor(now: () => Term | null) {
    this.#now = now;
  }

  get term(): Term | null {
    return this.#now();
  }

  /**
   * Calls `watcher` whenever the answer may have changed, and at every tick: in the step that loses the leadership, and
   * before a successor is asked to take over. Until the returned function is called.
   */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Somebody is to be called at every tick. */
  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
