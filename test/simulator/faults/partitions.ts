import type { Random } from "../../../src/base/random.ts";
import type { Links } from "../network/links.ts";

type Pair = readonly [from: string, to: string];

/** Cuts these ways and gives back how to mend them. */
export function cut(links: Links, pairs: readonly Pair[]): () => void {
  for (const [from, to] of pairs) links.block(from, to);
  return () => {
    for (const [from, to] of pairs) links.unblock(from, to);
  };
}

/** All ways between two groups, in both directions. */
export function between(some: readonly string[], others: readonly string[]): Pair[] {
  return some.flatMap((a) =>
    others.flatMap((b): Pair[] => [
      [a, b],
      [b, a],
    ]),
  );
}

export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [all[i] as Item, all[j] as Item];
    all[i] = b;
    all[j] = a;
  }
  return all;
}

/** Two halves that see each other only through one node in the middle. */
export function bridge(nodes: readonly string[]): Pair[] {
  const [, ...others] = nodes;
  const half = Math.ceil(others.length / 2);
  return between(others.slice(0, half), others.slice(half));
}

/** Each sees a majority and no more, as far as that can be: everybody reaches only its neighbours in a ring. */
export function ring(nodes: readonly string[]): Pair[] {
  const { length } = nodes;
  const others = Math.floor(length / 2);
  const pairs: Pair[] = [];
  nodes.forEach((a, i) => {
    nodes.forEach((b, j) => {
      const distance = Math.min((i - j + length) % length, (j - i + length) % length);
      const isNeighbour = distance <= Math.floor(others / 2);
      // Of an odd number of others one lies opposite.
      const isPartner = others % 2 === 1 && (isOpposite(i, j, length) || isOpposite(j, i, length));
      if (!isNeighbour && !isPartner) pairs.push([a, b]);
    });
  });
  return pairs;
}

/** Of an odd number of nodes the last one has for its partner one that has another already. */
function isOpposite(i: number, j: number, length: number): boolean {
  const half = Math.floor(length / 2);
  return (i < half || i === length - 1) && (i + half) % length === j;
}

/** It reaches nobody, and nobody reaches it. */
export function isolated(node: string, nodes: readonly string[]): Pair[] {
  return between(
    [node],
    nodes.filter((other) => other !== node),
  );
}

/** It hears no other node, or none hears it. */
export function oneSided(kind: "deaf" | "unheard", node: string, nodes: readonly string[]): Pair[] {
  return nodes
    .filter((other) => other !== node)
    .map((other): Pair => (kind === "deaf" ? [other, node] : [node, other]));
}

export function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

/** The most that are no majority when the others are one. */
export function minorityOf(nodes: number): number {
  return nodes - majorityOf(nodes);
}
