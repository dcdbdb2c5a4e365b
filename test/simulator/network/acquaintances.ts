import { NodeId } from "../../../src/base/brands.ts";
import type { NodeStatus__Output } from "../../../src/generated/conclave/v1/NodeStatus.ts";

type Said = Pick<NodeStatus__Output, "configurationIndex" | "configurationCommitted"> & {
  readonly members: readonly Pick<NodeStatus__Output["members"][number], "nodeId" | "clientAddress">[];
};

interface Known {
  readonly seeds: readonly NodeId[];
  readonly members: ReadonlySet<NodeId>;
  readonly configurationIndex: number;
  readonly hasMet: boolean;
}

/** Which nodes programs know of, from what they were started with and what nodes have told them. */
export class Acquaintances {
  readonly #known = new Map<string, Known>();

  /** A program is started, with the addresses of `seeds`. */
  started(program: string, seeds: readonly NodeId[]): void {
    this.#known.set(program, { seeds, members: new Set(), configurationIndex: -1, hasMet: false });
  }

  /** A node of the cluster has answered a program: what it says of the others is kept as the SDK keeps it. */
  told(program: string, { configurationIndex, configurationCommitted, members }: Said): void {
    const known = this.#known.get(program);
    if (known === undefined) return;
    const told = members.flatMap((each) => (each.clientAddress === "" ? [] : [NodeId(each.nodeId)]));
    if (configurationCommitted && configurationIndex > known.configurationIndex)
      this.#known.set(program, { ...known, members: new Set(told), configurationIndex, hasMet: true });
    else {
      const isOld = configurationIndex < known.configurationIndex;
      const all = isOld ? known.members : new Set([...known.members, ...told]);
      this.#known.set(program, { ...known, members: all, hasMet: true });
    }
  }

  /** A node of the cluster has answered the program, so that it does not take another cluster for this one. */
  hasMet(program: string): boolean {
    return this.#known.get(program)?.hasMet === true;
  }

  /** Whether every program would still find one of `nodes`. */
  allKnowOneOf(nodes: readonly NodeId[]): boolean {
    return [...this.#known.values()].every(({ seeds, members }) =>
      nodes.some((id) => seeds.includes(id) || members.has(id)),
    );
  }
}
