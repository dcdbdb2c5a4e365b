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

/** Each sees a majority, and no two the same one: everybody reaches only its neighbours in a ring. */
export function ring(nodes: readonly string[]): Pair[] {
  const reach = Math.floor(nodes.length / 4) + (nodes.length <= 4 ? 1 : 0);
  const pairs: Pair[] = [];
  nodes.forEach((a, i) => {
    nodes.forEach((b, j) => {
      const distance = Math.min((i - j + nodes.length) % nodes.length, (j - i + nodes.length) % nodes.length);
      if (distance > Math.max(1, reach)) pairs.push([a, b]);
    });
  });
  return pairs;
}
