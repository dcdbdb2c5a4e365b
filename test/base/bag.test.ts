import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bag, type InBag } from "../../src/base/bag.ts";

class Item implements InBag {
  bagIndex = -1;
  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

const step = fc.tuple(fc.constantFrom("add" as const, "delete" as const), fc.nat({ max: 9 }));

describe("a bag", () => {
  it("holds what a set would", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const items = Array.from({ length: 10 }, (_, n) => new Item(n));
        const bag = new Bag<Item>();
        const set = new Set<Item>();
        for (const [what, n] of steps) {
          const item = items[n] ?? new Item(n);
          bag[what](item);
          set[what](item);
          expect(bag.size).toBe(set.size);
        }
        expect(items.filter((item) => bag.has(item))).toEqual(items.filter((item) => set.has(item)));
        expect(new Set(bag)).toEqual(set);
        expect(items.filter(({ bagIndex }) => bagIndex >= 0)).toHaveLength(set.size);
      }),
    );
  });

  it("gives each one once, but those that were removed before their turn", () => {
    const items = [0, 1, 2, 3, 4].map((name) => new Item(name));
    const bag = new Bag<Item>();
    for (const item of items) bag.add(item);
    const seen: number[] = [];
    for (const item of bag) {
      seen.push(item.name);
      bag.delete(item);
      if (item.name === 1) bag.delete(items[3] as Item);
    }
    expect(seen).toEqual([0, 1, 2, 4]);
    expect(bag.size).toBe(0);
  });

  it("is not fooled by an item of another bag", () => {
    const [a, b] = [new Bag<Item>(), new Bag<Item>()];
    const [one, other] = [new Item(1), new Item(2)];
    a.add(one);
    b.add(other);
    expect(a.has(other)).toBe(false);
    a.delete(other);
    expect([...a]).toEqual([one]);
    expect(b.has(other)).toBe(true);
  });
});
