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
    if (this.#isOver || !this.#missing.delete(peer) || this.#missing.size > 0) return;
    this.#options.onFounded();
  }

  /** That all have met is on our own disk as well. */
  end(): void {
    this.#isOver = true;
  }

  tick(nowMs: number): void {
    if (this.#isOver) return;
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
