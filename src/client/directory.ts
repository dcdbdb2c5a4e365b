import { ConclaveError } from "../base/errors.ts";
import { parseHostPort } from "../base/hostPort.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";

/** What of a node's status says where nodes are, and how good its word is. */
interface Said
  extends Pick<NodeStatus__Output, "clusterId" | "nodeId" | "configurationIndex" | "configurationCommitted"> {
  readonly members: readonly Pick<NodeStatus__Output["members"][number], "nodeId" | "clientAddress">[];
}

/** Addresses of nodes that answered once and are no members by now: what is kept for when nobody answers. */
const maxFormer = 16;

/**
 * Which node is reached at which address. The addresses that the user gave win over the ones the nodes advertise, as long as
 * somebody answers there: behind NAT or a container network only the former may be reachable from here.
 *
 * Who the members are is taken from the newest committed configuration that anybody has told of. Committed ones replace
 * each other in the order of their entries, so an older word (of a node that was removed, cut off or long asleep) never
 * drives out a newer one. Nothing is taken from a node of another cluster: one that was wiped and founded anew answers at
 * the old address as if it were the leader.
 */
export class Directory {
  readonly seeds: readonly string[];
  /** Told each time that a node of another cluster has answered. */
  onStranger: () => void = () => undefined;
  readonly #nodeIdOfSeed = new Map<string, string>();
  /** Of the first node that answered; empty before. */
  #clusterId = "";
  #configurationIndex = -1;
  /** Addresses as advertised; empty when not heard yet. */
  #members: ReadonlyMap<string, string> = new Map();
  /** The node that answered at each address, oldest first. */
  readonly #answered = new Map<string, string>();
  /** Nobody answered there when it was last asked. */
  readonly #silent = new Set<string>();

  constructor(endpoints: string | readonly string[]) {
    this.seeds = parseEndpoints(endpoints);
  }

  /** The cluster that all calls are meant for; empty until a node has answered. */
  get clusterId(): string {
    return this.#clusterId;
  }

  /**
   * Takes in what the node at `address` says of itself and the others. Throws IDENTITY_MISMATCH for one of another cluster
   * than the first that answered.
   */
  learn(address: string, status: Said): void {
    this.#checkCluster(address, status);
    this.#silent.delete(address);
    if (this.seeds.includes(address)) this.#nodeIdOfSeed.set(address, status.nodeId);
    this.#remember(address, status.nodeId);
    const { configurationIndex: index, configurationCommitted: isCommitted } = status;
    const said = new Map(status.members.map((member) => [member.nodeId, member.clientAddress]));
    if (said.size === 0) return;
    if (isCommitted && index > this.#configurationIndex) {
      this.#configurationIndex = index;
      this.#members = new Map([...said].map(([id, at]) => [id, at || (this.#members.get(id) ?? "")]));
    } else if (index >= this.#configurationIndex) {
      // The same members, or some that may yet be: they are added.
      this.#members = new Map([...this.#members, ...[...said].filter(([, at]) => at !== "")]);
    } else {
      this.#members = new Map([...this.#members].map(([id, at]) => [id, at || (said.get(id) ?? "")]));
    }
  }

  /** `address` was asked and did not answer. */
  failed(address: string): void {
    this.#silent.add(address);
  }

  /** Where to reach node `nodeId`, which others know at `advertised`; undefined when nobody has said. */
  addressOf(nodeId: string | undefined, advertised: string | undefined): string | undefined {
    const seed = this.#seedOf(nodeId);
    const said = advertised || this.#members.get(nodeId ?? "") || undefined;
    return seed !== undefined && (said === undefined || !this.#silent.has(seed)) ? seed : said;
  }

  /** Which node is, or was, at `address`; undefined when nobody has said. */
  nodeIdAt(address: string): string | undefined {
    const said = this.#nodeIdOfSeed.get(address);
    if (said !== undefined) return said;
    for (const [nodeId, advertised] of this.#members) if (advertised === address) return nodeId;
    return this.#answered.get(address);
  }

  /**
   * All addresses worth asking: the seeds, and members that no seed stands for. When none of them answered at the last
   * try also those where any node ever did.
   */
  addresses(): readonly string[] {
    const covered = new Set<string>();
    for (const [seed, nodeId] of this.#nodeIdOfSeed) if (!this.#silent.has(seed)) covered.add(nodeId);
    const others = [...this.#members].filter(([id, at]) => at !== "" && !covered.has(id)).map(([, at]) => at);
    const all = new Set([...this.seeds, ...others]);
    const isLost = [...all].every((address) => this.#silent.has(address));
    return [...all, ...(isLost ? [...this.#answered.keys()].filter((address) => !all.has(address)) : [])];
  }

  /** The addresses of each node that there should be, of seeds and members; one that is reached at two counts once. */
  places(): readonly (readonly string[])[] {
    const places = new Map([...this.#members].map(([id, at]) => [id, [at]]));
    for (const seed of this.seeds) {
      const id = this.nodeIdAt(seed) ?? seed;
      places.set(id, [...(places.get(id) ?? []), seed]);
    }
    return [...places.values()];
  }

  #checkCluster(address: string, { clusterId, nodeId }: Said): void {
    if (this.#clusterId === "") this.#clusterId = clusterId;
    if (clusterId === this.#clusterId || clusterId === "") return;
    this.onStranger();
    throw new ConclaveError(
      "IDENTITY_MISMATCH",
      `${address}: node ${nodeId} belongs to cluster ${clusterId}, and this handle is connected to ${this.#clusterId}. If ` +
        "the node was wiped, start it with --join and --rejoin; if the cluster was restored from a backup, connect anew",
    );
  }

  /** The oldest are forgotten first. */
  #remember(address: string, nodeId: string): void {
    this.#answered.delete(address);
    this.#answered.set(address, nodeId);
    for (const oldest of this.#answered.keys()) {
      if (this.#answered.size <= maxFormer) return;
      this.#answered.delete(oldest);
      this.#silent.delete(oldest);
    }
  }

  /** Two seeds may lead to one node: the one that answers is meant. */
  #seedOf(nodeId: string | undefined): string | undefined {
    if (nodeId === undefined) return undefined;
    const mine = this.seeds.filter((address) => this.#nodeIdOfSeed.get(address) === nodeId);
    return mine.find((address) => !this.#silent.has(address)) ?? mine[0];
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
