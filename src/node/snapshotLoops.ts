import type { NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { PeerStatus } from "../raft/config.ts";

const checkEveryMs = 1_000;

/**
 * Tells of a follower that needs one snapshot after the other: by the time it has one installed, the entries after it
 * are compacted away. It would go on for ever, at the cost of the leader's disk and network.
 */
export class SnapshotLoops {
  readonly #logger: Logger;
  readonly #told = new Map<NodeId, number>();
  #checkAt = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `peers` as the leader sees them. */
  check(monotonicMs: number, peers: () => readonly PeerStatus[]): void {
    if (monotonicMs < this.#checkAt) return;
    this.#checkAt = monotonicMs + checkEveryMs;
    for (const { id, snapshots } of peers()) {
      if (snapshots <= 1) {
        this.#told.delete(id);
      } else if (this.#told.get(id) !== snapshots) {
        this.#told.set(id, snapshots);
        this.#logger.warn(
          { peer: id, snapshots },
          `${id} needs snapshot after snapshot: the log moves on faster than it can fetch and install one. Raise the ` +
            "entries kept (--kept-entries) on all nodes, or give it a faster disk or network",
        );
      }
    }
  }
}
