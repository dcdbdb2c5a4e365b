import { LogIndex, type NodeId } from "../base/brands.ts";
import { isMember } from "../raft/quorum.ts";
import type { Configuration } from "../raft/types.ts";
import type { MemberAddress, Members } from "./types.ts";

/** The other members, by the configuration that is in force here. It may lag behind, and may yet be rolled back. */
export class Roster {
  readonly #self: NodeId;
  #members: Members = new Map();
  #leaving: ReadonlySet<NodeId> = new Set();
  #index = LogIndex(0);

  constructor(self: NodeId) {
    this.#self = self;
  }

  /** The entry that brought the configuration, 0 for the founding one. */
  get index(): LogIndex {
    return this.#index;
  }

  get members(): Members {
    return this.#members;
  }

  set(members: Members, configuration: Configuration): void {
    this.#members = new Map([...members].filter(([id]) => id !== this.#self));
    this.#leaving = new Set([...members.keys()].filter((id) => !isMember(configuration.membership, id)));
    this.#index = configuration.index;
  }

  has(id: NodeId): boolean {
    return this.#members.has(id);
  }

  /** No member by the configuration in force, and talked with until what removed it is committed and told. */
  isLeaving(id: NodeId): boolean {
    return this.#leaving.has(id);
  }

  /** Null for a founding member, undefined for none. */
  get(id: NodeId): MemberAddress | null | undefined {
    return this.#members.get(id);
  }
}
