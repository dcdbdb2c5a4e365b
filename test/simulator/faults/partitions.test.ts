import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { Links } from "../network/links.ts";
import { Timeline } from "../time/timeline.ts";
import { between, bridge, cut, isolated, majorityOf, minorityOf, oneSided, ring } from "./partitions.ts";

const sizes = [1, 2, 3, 4, 5, 6, 7];

function named(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** Whom each reaches, itself included, as the links have it. */
function reachedBy(nodes: readonly string[], pairs: readonly (readonly [string, string])[]) {
  const links = new Links(new Timeline(), new SeededRandom(1));
  const mend = cut(links, pairs);
  const reach = (from: string): string[] => nodes.filter((to) => to === from || links.isOpen(from, to));
  const found = new Map(nodes.map((node) => [node, reach(node)]));
  mend();
  for (const node of nodes) expect(reach(node)).toEqual(nodes);
  return (node: string | undefined): string[] => found.get(node ?? "") ?? [];
}

describe.each(sizes)("of %i nodes", (size) => {
  const nodes = named(size);

  test("in a ring each sees a majority, none but one more than just that, and whoever hears is heard", () => {
    const reach = reachedBy(nodes, ring(nodes));
    const counts = nodes.map((node) => reach(node).length);
    for (const node of nodes) for (const other of reach(node)) expect(reach(other)).toContain(node);
    const majority = majorityOf(size);
    expect(Math.min(...counts)).toBe(majority);
    // Of an odd number of nodes not all can have an odd number of others.
    const isOdd = size % 2 === 1 && majority % 2 === 0;
    expect(counts.toSorted((a, b) => a - b)).toEqual(
      nodes.map((_, i) => (isOdd && i === size - 1 ? majority + 1 : majority)),
    );
    if (size >= 4) expect(Math.max(...counts)).toBeLessThan(size);
    if (size >= 4) expect(new Set(nodes.map((node) => reach(node).join())).size).toBe(size);
  });

  test("over a bridge two halves see each other only through one node", () => {
    const reach = reachedBy(nodes, bridge(nodes));
    const [middle, ...others] = nodes;
    expect(reach(middle)).toEqual(nodes);
    const half = Math.ceil(others.length / 2);
    const halves = [others.slice(0, half), others.slice(half)];
    for (const side of halves)
      for (const node of side) expect(new Set(reach(node))).toEqual(new Set([middle, ...side]));
  });

  test("an isolated one reaches nobody, and the others each other", () => {
    const [one = "", ...others] = nodes;
    const reach = reachedBy(nodes, isolated(one, nodes));
    expect(reach(one)).toEqual([one]);
    for (const node of others) expect(reach(node)).toEqual(others);
  });

  test("a deaf one is heard and hears nobody, one that is unheard hears all", () => {
    const [one = "", ...others] = nodes;
    const deaf = reachedBy(nodes, oneSided("deaf", one, nodes));
    expect(deaf(one)).toEqual(nodes);
    for (const node of others) expect(deaf(node)).toEqual(others);
    const unheard = reachedBy(nodes, oneSided("unheard", one, nodes));
    expect(unheard(one)).toEqual([one]);
    for (const node of others) expect(unheard(node)).toEqual(nodes);
  });

  test("one way is cut and no other", () => {
    const [from = "", to = from] = nodes;
    const reach = reachedBy(nodes, [[from, to]]);
    expect(reach(from)).toEqual(nodes.filter((node) => node === from || node !== to));
    for (const node of nodes.slice(1)) expect(reach(node)).toEqual(nodes);
  });

  test("a majority and a minority are one, and see only themselves", () => {
    expect(majorityOf(size) * 2).toBeGreaterThan(size);
    expect((majorityOf(size) - 1) * 2).toBeLessThanOrEqual(size);
    for (const count of [majorityOf(size), minorityOf(size)]) {
      const some = nodes.slice(0, count);
      const others = nodes.slice(count);
      expect(Math.max(some.length, others.length)).toBe(majorityOf(size));
      const reach = reachedBy(nodes, between(some, others));
      for (const node of some) expect(reach(node)).toEqual(some);
      for (const node of others) expect(reach(node)).toEqual(others);
    }
  });
});

test("of four nodes in a ring each has just its opposite cut off", () => {
  const reach = reachedBy(named(4), ring(named(4)));
  expect(named(4).map((node) => reach(node).join(" "))).toEqual([
    "n1 n2 n4",
    "n1 n2 n3",
    "n2 n3 n4",
    "n1 n3 n4",
  ]);
});

test("partitions may overlap: a way is open again when none of them cuts it", () => {
  const links = new Links(new Timeline(), new SeededRandom(1));
  const mends = [cut(links, [["a", "b"]]), cut(links, between(["a"], ["b", "c"]))];
  mends[0]?.();
  expect(links.isOpen("a", "b")).toBe(false);
  mends[1]?.();
  expect(links.isOpenBetween("a", "b")).toBe(true);
});
