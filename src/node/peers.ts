import { LogIndex, type NodeId } from "../base/brands.ts";
import { newestRules } from "../machine/index.ts";
import { membersOf } from "../raft/quorum.ts";
import type { Configuration } from "../raft/types.ts";
import type { FormatRange, Identity, MemberAddress, PeerInfo } from "./ports.ts";
import type { MemberView } from "./service.ts";

/** Formats of a member that has not been heard: every release reads it. */
const oldestFormat = 1;

/** Releases that read this format know the machine's rules 1. */
const newestRulesSince = 2;

export interface PeersOptions {
  readonly identity: Identity;
  readonly version: string;
  readonly formats: FormatRange;
  /** This node's own, for clients and for peers. */
  readonly clientAddress: () => string;
  readonly peerAddress: () => string;
  /** Peer addresses of founding members, from this node's own settings. */
  readonly founding: ReadonlyMap<NodeId, string>;
}

/** The first that releases read which know these rules of the machine. */
export function formatOfRules(rules: number): number {
  return rules > 0 ? newestRulesSince : oldestFormat;
}

/** Who the members are, and what this node knows of their whereabouts. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #info = new Map<NodeId, PeerInfo>();
  readonly #reachable = new Set<NodeId>();
  #configuration: Configuration;
  #memberIds: ReadonlySet<NodeId> = new Set();
  #leaving: readonly NodeId[] = [];
  /** What configurations said of members last, also of those that are leaving. */
  readonly #addresses = new Map<NodeId, MemberAddress>();

  /** `committed` may be older than `inForce`, which may yet be rolled back to it. */
  constructor(options: PeersOptions, committed: Configuration, inForce: Configuration) {
    this.#options = options;
    this.#configuration = inForce;
    this.configure(committed, []);
    this.configure(
      inForce,
      membersOf(committed.membership).filter((id) => !membersOf(inForce.membership).includes(id)),
    );
  }

  /** `configuration` is in force; `leaving` are no members of it and are still to be talked with. */
  configure(configuration: Configuration, leaving: readonly NodeId[]): void {
    this.#configuration = configuration;
    this.#memberIds = new Set(membersOf(configuration.membership));
    this.#leaving = leaving;
    for (const id of this.#memberIds) {
      const details = configuration.membership.details?.[id];
      if (details === undefined) this.#addresses.delete(id);
      else this.#addresses.set(id, details);
    }
  }

  /** The configuration in force. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  get memberIds(): readonly NodeId[] {
    return [...this.#memberIds];
  }

  isMember(id: NodeId): boolean {
    return this.#memberIds.has(id);
  }

  /** Whom the transport is to talk with. Founding members have the address of this node's own settings. */
  get addresses(): ReadonlyMap<NodeId, MemberAddress | null> {
    const ids = [...this.memberIds, ...this.#leaving];
    return new Map(ids.map((id) => [id, this.#addresses.get(id) ?? null]));
  }

  /**
   * What all members can read, as far as they have been heard: what a leader writes. A member that went away is counted
   * by what it said last, since it will come back to read it.
   */
  get format(): number {
    const { identity, formats } = this.#options;
    const newest = this.memberIds
      .filter((id) => id !== identity.nodeId)
      .map((id) => this.#info.get(id)?.formats.max ?? oldestFormat);
    return Math.max(formats.min, Math.min(formats.max, ...newest));
  }

  /** The newest rules of the machine that all members know. */
  get rules(): number {
    return this.format >= newestRulesSince ? newestRules : 0;
  }

  heard(peer: NodeId, info: PeerInfo): void {
    this.#info.set(peer, info);
  }

  /** Strangers come and go under as many ids as they like. */
  left(peer: NodeId): void {
    if (!this.isMember(peer)) this.#info.delete(peer);
  }

  reachable(peer: NodeId, reachable: boolean): void {
    if (reachable) this.#reachable.add(peer);
    else this.#reachable.delete(peer);
  }

  /** `host:port` for clients, "" while unknown. */
  clientAddress(id: NodeId | null): string {
    if (id === null) return "";
    if (id === this.#options.identity.nodeId) return this.#options.clientAddress();
    return this.#info.get(id)?.clientAddress ?? "";
  }

  /** `host:port` for peers, "" while unknown: what the configuration says goes before what was heard. */
  peerAddress(id: NodeId | null): string {
    if (id === null) return "";
    const configured = this.#configuration.membership.details?.[id]?.address ?? "";
    if (configured !== "") return configured;
    if (id === this.#options.identity.nodeId) return this.#options.peerAddress();
    return this.#options.founding.get(id) ?? this.#info.get(id)?.peerAddress ?? "";
  }

  /** Where the other members listen for peers, as far as that is known. */
  get otherAddresses(): readonly string[] {
    const others = this.memberIds.filter((id) => id !== this.#options.identity.nodeId);
    return others.map((id) => this.peerAddress(id)).filter((address) => address !== "");
  }

  /** `snapshotOf`: how far a member is with a snapshot. */
  views(snapshotOf: (id: NodeId) => MemberView["snapshot"]): readonly MemberView[] {
    const { nodeId } = this.#options.identity;
    const { voters, outgoing, details, learners } = this.#configuration.membership;
    return this.memberIds.map((id) => ({
      id,
      clientAddress: this.clientAddress(id),
      peerAddress: this.peerAddress(id),
      reachable: id === nodeId || this.#reachable.has(id),
      voter: voters.includes(id) || outgoing.includes(id),
      outgoing: outgoing.includes(id) && !voters.includes(id),
      promotes: learners.includes(id) && details?.[id]?.promote === true,
      version: id === nodeId ? this.#options.version : (this.#info.get(id)?.version ?? ""),
      snapshot: snapshotOf(id),
    }));
  }
}

/** The entry that took each member in; 0 for founding ones. */
export function sinceOf(configuration: Configuration): ReadonlyMap<NodeId, LogIndex> {
  const { details } = configuration.membership;
  return new Map(membersOf(configuration.membership).map((id) => [id, details?.[id]?.since ?? LogIndex(0)]));
}
