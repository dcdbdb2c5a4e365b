import { ConclaveError } from "../base/errors.ts";
import { parseHostPort } from "../base/hostPort.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";

/** What of a node's status says where nodes are. */
interface Said extends Pick<NodeStatus__Output, "nodeId"> {
  readonly members: readonly Pick<NodeStatus__Output["members"][number], "nodeId" | "clientAddress">[];
}

/**
 * Which node is reached at which address. The addresses that the user gave win over the ones the nodes
 * advertise: behind NAT or a container network only the former may be reachable from here.
 */
export class Directory {
  readonly seeds: readonly string[];
  readonly #nodeIdOfSeed = new Map<string, string>();
  #advertised: ReadonlyMap<string, string> = new Map();

  constructor(endpoints: string | readonly string[]) {
    this.seeds = parseEndpoints(endpoints);
  }

  /** Takes in what the node at `address` says of itself and the others. */
  learn(address: string, status: Said): void {
    if (this.seeds.includes(address)) this.#nodeIdOfSeed.set(address, status.nodeId);
    const known = status.members.filter((member) => member.clientAddress !== "");
    if (known.length > 0) {
      this.#advertised = new Map(known.map((member) => [member.nodeId, member.clientAddress]));
    }
  }

  /** Where to reach node `nodeId`, which others know at `advertised`; undefined when nobody has said. */
  addressOf(nodeId: string | undefined, advertised: string | undefined): string | undefined {
    if (nodeId !== undefined && nodeId !== "") {
      const seed = this.seeds.find((address) => this.#nodeIdOfSeed.get(address) === nodeId);
      if (seed !== undefined) return seed;
    }
    if (advertised !== undefined && advertised !== "") return advertised;
    return nodeId === undefined ? undefined : this.#advertised.get(nodeId);
  }

  /** Which node is, or was, at `address`; undefined when nobody has said. */
  nodeIdAt(address: string): string | undefined {
    const said = this.#nodeIdOfSeed.get(address);
    if (said !== undefined) return said;
    for (const [nodeId, advertised] of this.#advertised) if (advertised === address) return nodeId;
    return undefined;
  }

  /** All addresses worth asking: the seeds, and members that no seed stands for. */
  addresses(): readonly string[] {
    const covered = new Set(this.#nodeIdOfSeed.values());
    const others = [...this.#advertised]
      .filter(([nodeId]) => !covered.has(nodeId))
      .map(([, address]) => address);
    return [...new Set([...this.seeds, ...others])];
  }
}

/** `"n1:7400,n2:7400"` or a list; throws INVALID_ARGUMENT for anything that is no `host:port`. */
function parseEndpoints(endpoints: string | readonly string[]): readonly string[] {
  const list = typeof endpoints === "string" ? endpoints.split(",") : endpoints;
  const addresses = [...new Set(list.map((text) => text.trim()).filter((text) => text !== ""))];
  if (addresses.length === 0) {
    throw new ConclaveError("INVALID_ARGUMENT", 'no endpoints: give at least one, such as "localhost:7400"');
  }
  for (const address of addresses) {
    if ((parseHostPort(address)?.port ?? 0) === 0) {
      throw new ConclaveError("INVALID_ARGUMENT", `endpoint ${JSON.stringify(address)} is no host:port`);
    }
  }
  return addresses;
}
