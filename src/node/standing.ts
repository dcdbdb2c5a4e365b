import type { NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Configuration, Membership } from "../raft/types.ts";
import type { Identity } from "./ports.ts";
import type { NodeView } from "./service.ts";

export interface StandingOptions {
  readonly identity: Pick<Identity, "nodeId" | "incarnation" | "joining">;
  readonly logger: Logger;
  /** The cluster has taken this data directory in: said once, for a node that was joining. */
  readonly onTakenIn: () => void;
}

const whatToDo =
  "it neither votes nor serves any more. Stop it, and delete its data directory; to bring it back, start it with an " +
  "empty data directory and --join";

/** Where this node stands with the cluster, by the newest configuration that it has applied, and by hearsay. */
export class Standing {
  readonly #options: StandingOptions;
  #applied: NodeView["standing"];
  /** A member spoke of a newer configuration without this node. It may not be committed, so it is not the last word. */
  #turnedAway = false;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.#applied = options.identity.joining === null ? "member" : "joining";
  }

  /** `leader`: whom this node follows. Nobody leads a node that was removed. */
  now(leader: NodeId | null): NodeView["standing"] {
    if (this.#applied !== "member") return this.#applied;
    return this.#turnedAway && leader === null ? "removed" : "member";
  }

  /** `configuration` has been applied here, so it is committed for good. */
  configured(configuration: Configuration): void {
    const { logger, onTakenIn } = this.#options;
    const { index, membership } = configuration;
    const holds = this.#holds(membership);
    const before = this.#applied;
    if (before !== "joining") this.#applied = holds ? "member" : "removed";
    else if (holds) this.#applied = "member";
    if (this.#applied === before) return;
    if (this.#applied === "removed") {
      logger.error(
        { index },
        `this node was removed from the cluster by the configuration of entry ${index}: ${whatToDo}`,
      );
      return;
    }
    this.#turnedAway = false;
    const what = before === "joining" ? "the cluster has taken this node in" : "this node is a member again";
    logger.info({ index }, what);
    if (before === "joining") onTakenIn();
  }

  /** A member turns this node away as removed. */
  turnedAway(by: NodeId, why: string): void {
    if (this.#turnedAway || this.#applied !== "member") return;
    this.#turnedAway = true;
    this.#options.logger.error(
      { by, why },
      `${by} says that this node was removed from the cluster: ${whatToDo}`,
    );
  }

  /** A leader counts this node in: what was said of its removal has not come to pass. */
  led(): void {
    this.#turnedAway = false;
  }

  /**
   * A joining node is meant only when its own incarnation is named: entries from before may name the one that it
   * replaces, or none, where an operator announced the id and the leader has not heard yet which directory it is.
   */
  #holds({ voters, outgoing, learners, details }: Membership): boolean {
    const { nodeId, incarnation } = this.#options.identity;
    if (![...voters, ...outgoing, ...learners].includes(nodeId)) return false;
    const named = details?.[nodeId]?.incarnation;
    if (this.#applied !== "joining") return named === undefined || named === "" || named === incarnation;
    return named === incarnation;
  }
}
