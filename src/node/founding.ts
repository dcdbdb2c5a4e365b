import type { NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Identity } from "./ports.ts";

/** Least time between two lines about the same wait. */
const tellEveryMs = 10_000;

export interface FoundingOptions {
  readonly identity: Pick<Identity, "nodeId" | "membership" | "founding">;
  readonly logger: Logger;
  /** Every other founder has durably taken note of this data directory. Called once. */
  readonly onFounded: () => void;
}

/**
 * A new founding member takes no part in the cluster, neither voting nor acknowledging, until every *other* founder has
 * accepted its stream once, and has so written down which data directory goes by its id.
 *
 * Otherwise a vote or an acknowledgement could be given to one founder and then forgotten with a wiped disk; a founder
 * that had never met the former directory would take the new one for it, and the two of them could be a majority that
 * lacks what was acknowledged (the simulator found it). A directory that all have met cannot come back empty unnoticed,
 * and one that has not met all has promised nothing.
 */
export class Founding {
  readonly #options: FoundingOptions;
  readonly #missing: Set<NodeId>;
  #isOver: boolean;
  /** The cluster has been founded, without this directory. */
  #isTooLate = false;
  #toldAtMs: number | null = null;

  constructor(options: FoundingOptions) {
    const { nodeId, membership, founding } = options.identity;
    this.#options = options;
    this.#missing = new Set(membership.voters.filter((id) => id !== nodeId));
    this.#isOver = !founding;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** `peer` has accepted our stream. */
  met(peer: NodeId): void {
    if (this.#isOver || this.#isTooLate || !this.#missing.delete(peer) || this.#missing.size > 0) return;
    this.#options.onFounded();
  }

  /**
   * `peer` is a member by a committed configuration. When it is none of the founders the cluster has been founded and has
   * grown since: founders that were all wiped must not found it once more among themselves.
   */
  exists(peer: NodeId): void {
    const { identity, logger } = this.#options;
    if (this.#isOver || this.#isTooLate || identity.membership.voters.includes(peer)) return;
    this.#isTooLate = true;
    logger.error(
      { peer },
      "the cluster has been founded already: a member that is none of its founders has come. The data directory of this " +
        "node was wiped, or not all founders had met it in time: start it with an empty one, --join and --rejoin",
    );
  }

  /** That all have met is on our own disk as well. */
  end(): void {
    this.#isOver = true;
    this.#options.logger.info({}, "all founding members have met this node: it takes part from now on");
  }

  tick(nowMs: number): void {
    if (this.#isOver || this.#isTooLate) return;
    this.#toldAtMs ??= nowMs;
    if (nowMs - this.#toldAtMs < tellEveryMs) return;
    this.#toldAtMs = nowMs;
    this.#options.logger.warn(
      { missing: [...this.#missing] },
      "the cluster is not founded yet: at its very first start each founding member has to reach all the others once. " +
        "Start those that are missing; or found it with fewer, and let the others join it",
    );
  }
}
