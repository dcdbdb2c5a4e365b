import { ConclaveError } from "../base/errors.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";
import type { Budget } from "./budget.ts";
import type { Directory } from "./directory.ts";
import { askAnyone, statusTimeoutMs } from "./leaderSearch.ts";
import type { Node, Nodes } from "./nodes.ts";
import { asConclaveError } from "./wireErrors.ts";

/** The member that answers first, kept while its connection stands: for reads that need no leader. */
export class Nearest {
  readonly #directory: Directory;
  readonly #nodes: Nodes;
  #current: Node | undefined;

  constructor(directory: Directory, nodes: Nodes) {
    this.#directory = directory;
    this.#nodes = nodes;
  }

  /** Asks all but those in `except`. Rejects with UNAVAILABLE when none of them answers, or with the budget's end. */
  async find(budget: Budget, except: ReadonlySet<string>): Promise<Node> {
    const current = this.#current;
    if (current?.connected === true && !except.has(current.address)) return current;
    const addresses = this.#directory.addresses().filter((address) => !except.has(address));
    const answers = addresses.map((address) => this.#ask(address));
    try {
      this.#current = await budget.race(Promise.any(answers));
      return this.#current;
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      const why = error.errors.map((each) => asConclaveError(each).message).join("; ");
      throw new ConclaveError("UNAVAILABLE", `no node could be reached: ${why}`, { cause: error });
    }
  }

  /** It failed: the next search may find another. */
  leave(node: Node): void {
    if (this.#current === node) this.#current = undefined;
  }

  async #ask(address: string): Promise<Node> {
    const node = this.#nodes.at(address);
    const status = await this.#statusOf(node);
    if (isMember(status)) return node;
    throw new ConclaveError("UNAVAILABLE", `${address}: node ${status.nodeId} is no member of the cluster`);
  }

  async #statusOf(node: Node): Promise<NodeStatus__Output> {
    try {
      const status = await askAnyone(node, { timeoutMs: statusTimeoutMs });
      this.#directory.learn(node.address, status);
      return status;
    } catch (error) {
      this.#directory.failed(node.address);
      throw error;
    }
  }
}

/** A release before this field says nothing, and is one. */
function isMember({ standing }: NodeStatus__Output): boolean {
  return standing === "STANDING_MEMBER" || standing === "STANDING_UNSPECIFIED";
}
