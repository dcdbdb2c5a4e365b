import { LogIndex, type NodeId } from "../../../src/base/brands.ts";
import { membershipCodec } from "../../../src/codec/membership.ts";
import type { Configuration, Entry, Membership } from "../../../src/raft/index.ts";

/** Every configuration that was ever written to a log, by the entry that holds it. */
export class Configurations {
  readonly #founding: Membership;
  readonly #all = new Map<
    string,
    { readonly index: number; readonly term: number; readonly membership: Membership }
  >();

  /** They go on from another cluster's log: what that came to is a snapshot of entry 0. */
  readonly goOn: boolean;

  constructor(founders: readonly NodeId[], goOn: boolean) {
    this.goOn = goOn;
    this.#founding = { voters: founders, outgoing: [], learners: [] };
  }

  add({ index, term, data }: Entry): Membership {
    const membership = membershipCodec.decode(data);
    this.#all.set(`${index}:${term}`, { index, term, membership });
    return membership;
  }

  /** In force in a log of these terms (position 0 is index 1), at `through`. */
  in(terms: readonly number[], through = terms.length): Configuration {
    let index = 0;
    let membership = this.#founding;
    for (const each of this.#all.values()) {
      if (each.index <= index || each.index > through || terms[each.index - 1] !== each.term) continue;
      ({ index, membership } = each);
    }
    return { index: LogIndex(index), membership };
  }

  /** Those above `index`, in whatever log. */
  above(index: number): Membership[] {
    return [...this.#all.values()].filter((each) => each.index > index).map(({ membership }) => membership);
  }

  /** The first entry that names this directory as a member; null when none does. */
  everNamed(id: NodeId, incarnation: string): number | null {
    let first: number | null = null;
    for (const { index, membership } of this.#all.values()) {
      if (membership.details?.[id]?.incarnation !== incarnation) continue;
      first = Math.min(first ?? index, index);
    }
    return first;
  }

  /** Whether one in a log of these terms has this directory among those who vote. */
  makesVoter(id: NodeId, incarnation: string, terms: readonly number[]): boolean {
    return [...this.#all.values()].some(
      ({ index, term, membership }) =>
        terms[index - 1] === term &&
        membership.details?.[id]?.incarnation === incarnation &&
        groupsOf(membership).some((group) => group.includes(id)),
    );
  }

  clear(): void {
    this.#all.clear();
  }
}

/** Groups of which each has to agree by a majority. */
export function groupsOf({ voters, outgoing }: Membership): readonly (readonly NodeId[])[] {
  return outgoing.length === 0 ? [voters] : [voters, outgoing];
}

/** Also the group once the learners that are to vote do: the leader may see to it at any moment. */
export function groupsToCome(membership: Membership): readonly (readonly NodeId[])[] {
  const { voters, learners, details } = membership;
  const promoted = learners.filter((id) => details?.[id]?.promote === true);
  const replaced = promoted.map((id) => details?.[id]?.replaces);
  const next = [...voters.filter((id) => !replaced.includes(id)), ...promoted];
  return [...groupsOf(membership), next];
}

/** No two quorums, one of each configuration, are without a common member: a directory, not a name. */
export function doOverlap(before: Membership, after: Membership): boolean {
  const [a, b] = [before, after].map((membership) =>
    groupsOf(membership).map((group) => group.map(named(membership))),
  );
  const everybody = [...new Set([...(a ?? []), ...(b ?? [])].flat())];
  for (let subset = 0; subset < 2 ** everybody.length; subset++) {
    const some = new Set(everybody.filter((_, i) => (subset & (1 << i)) !== 0));
    const isQuorum = (groups: readonly string[][], isIn: (name: string) => boolean): boolean =>
      groups.every((group) => group.filter(isIn).length * 2 > group.length);
    if (isQuorum(a ?? [], (name) => some.has(name)) && isQuorum(b ?? [], (name) => !some.has(name)))
      return false;
  }
  return true;
}

function named({ details }: Membership) {
  return (id: NodeId): string => `${id}@${details?.[id]?.since ?? 0}`;
}
