import type { NodeId } from "../base/brands.ts";
import type { Identity, PeerInfo } from "./ports.ts";
import type { MemberView } from "./service.ts";

/** What this node knows of the members' whereabouts. */
export class Peers {
  readonly #identity: Identity;
  readonly #ownClientAddress: () => string;
  readonly #info = new Map<NodeId, PeerInfo>();
  readonly #reachable = new Set<NodeId>();

  constructor(identity: Identity, ownClientAddress: () => string) {
    this.#identity = identity;
    this.#ownClientAddress = ownClientAddress;
  }

  heard(peer: NodeId, info: PeerInfo): void {
    this.#info.set(peer, info);
  }

  reachable(peer: NodeId, reachable: boolean): void {
    if (reachable) this.#reachable.add(peer);
    else this.#reachable.delete(peer);
  }

  /** `host:port` for clients, "" while unknown. */
  clientAddress(id: NodeId | null): string {
    if (id === null) return "";
    if (id === this.#identity.nodeId) return this.#ownClientAddress();
    return this.#info.get(id)?.clientAddress ?? "";
  }

  views(): readonly MemberView[] {
    const { membership, nodeId } = this.#identity;
    const voters = new Set([...membership.voters, ...membership.outgoing]);
    const all = new Set([...voters, ...membership.learners]);
    return [...all].map((id) => ({
      id,
      clientAddress: this.clientAddress(id),
      reachable: id === nodeId || this.#reachable.has(id),
      voter: voters.has(id),
    }));
  }
}
