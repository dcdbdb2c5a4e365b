import type { NodeId } from "../../../src/base/brands.ts";
import type { Identity } from "../../../src/node/ports.ts";
import type { Membership } from "../../../src/raft/index.ts";
import { DurableLog } from "./durableLog.ts";

/** One data directory that went by a node's id, and all that its disk really holds. */
export interface Directory {
  readonly log: DurableLog;
  /** Null until a process has opened it. */
  incarnation: string | null;
  /** Made to found the cluster, not to join it. */
  isFounding: boolean;
  /** It belongs to another cluster. */
  isStranger: boolean;
  /** It has voted or acknowledged something. */
  hasPromised: boolean;
}

/** All directories that there ever were: what is gone did acknowledge what it held. */
export class Directories {
  readonly #byNode = new Map<NodeId, Directory[]>();
  readonly #base: number;

  /** Entries are counted from `base` on. */
  constructor(base: number) {
    this.#base = base;
  }

  follow(id: NodeId): void {
    this.#byNode.set(id, [fresh(this.#base)]);
  }

  /** Its data is gone, or damaged: what comes next is another one. */
  onLost(id: NodeId): void {
    const all = this.#of(id);
    const now = all.at(-1);
    if (now?.incarnation === null && !now.hasPromised) all.pop();
    all.push(fresh(this.#base));
  }

  /** It is set back to what it held once. What it held since it did acknowledge. */
  onOldCopy(id: NodeId, log: DurableLog): void {
    this.#of(id).push({ ...this.current(id), log });
  }

  /** What its disk holds from now on counts for nothing here. */
  disown(id: NodeId): void {
    this.current(id).isStranger = true;
  }

  /** A node has opened it, and what was damaged before is another one. */
  isIntact(id: NodeId): boolean {
    const [before, now] = this.#of(id).slice(-2);
    if (now === undefined) return before?.incarnation !== null;
    return now.incarnation !== null && now.incarnation !== before?.incarnation;
  }

  current(id: NodeId): Directory {
    const now = this.#of(id).at(-1);
    if (now === undefined) throw new Error(`nobody follows ${id}`);
    return now;
  }

  /** Returns the incarnation that it had when it was opened before; null at first. */
  opened(id: NodeId, { incarnation, joining, membership }: Identity): string | null {
    const now = this.current(id);
    const before = now.incarnation;
    now.incarnation = incarnation;
    if (before === null) now.isFounding = joining === null && membership.voters.length > 0;
    return before;
  }

  /** This directory was made to join, and it has written down that it was taken in. */
  hasJoined(id: NodeId, { joining, founding }: Identity): boolean {
    return joining === null && !founding && !this.current(id).isFounding;
  }

  /** Whether the member that this configuration means has the entry on disk, or had it while it was that member. */
  has(membership: Membership, id: NodeId, index: number, term: number): boolean {
    const named = membership.details?.[id]?.incarnation ?? "";
    return this.#of(id).some(
      (each) => !each.isStranger && each.log.has(index, term) && (named === "" || each.incarnation === named),
    );
  }

  /** Through which entry that member has, or had, its log on disk: what is damaged since the leader cannot know of. */
  reach(membership: Membership, id: NodeId): number {
    const named = membership.details?.[id]?.incarnation ?? "";
    const meant = this.#of(id).filter((each) => named === "" || each.incarnation === named);
    return Math.max(0, ...meant.map(({ log }) => log.lastIndex));
  }

  /** Another directory has given its word under this id, as a founder, before this one. */
  hasFormerFounder(id: NodeId): boolean {
    const { incarnation } = this.current(id);
    return this.#of(id).some(
      (each) => each.isFounding && each.hasPromised && each.incarnation !== incarnation,
    );
  }

  clear(): void {
    for (const id of this.#byNode.keys()) this.follow(id);
  }

  #of(id: NodeId): Directory[] {
    const all = this.#byNode.get(id);
    if (all === undefined) throw new Error(`nobody follows ${id}`);
    return all;
  }
}

function fresh(base: number): Directory {
  return {
    log: new DurableLog(base),
    incarnation: null,
    isFounding: false,
    isStranger: false,
    hasPromised: false,
  };
}
