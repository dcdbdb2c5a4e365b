import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ascending } from "../../src/base/ascending.ts";

/** Adds the number that is so much above the last, or takes one that was added, from the oldest or from anywhere. */
const step = fc.oneof(
  {
    weight: 400,
    arbitrary: fc.record({ type: fc.constant("add" as const), by: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 300, arbitrary: fc.record({ type: fc.constant("takeOldest" as const), by: fc.constant(0) }) },
  { weight: 100, arbitrary: fc.record({ type: fc.constant("take" as const), by: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("clear" as const), by: fc.constant(0) }) },
);

describe("values by ascending numbers", () => {
  it("are what a map would hold", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 300, maxLength: 600 }), (steps) => {
        const values = new Ascending<{ readonly of: number }>();
        const map = new Map<number, { readonly of: number }>();
        let last = 0;
        for (const { type, by } of steps) {
          if (type === "add") {
            last += by;
            values.add(last, { of: last });
            map.set(last, { of: last });
          } else if (type === "clear") {
            values.clear();
            map.clear();
          } else {
            const keys = [...map.keys()];
            const number = (type === "takeOldest" ? keys[0] : by % (last + 2)) ?? 0;
            expect(values.get(number)).toEqual(map.get(number));
            expect(values.take(number)).toEqual(map.get(number));
            map.delete(number);
          }
          expect(values.size).toBe(map.size);
          expect(values.oldest).toEqual(map.values().next().value);
        }
        expect(values.values()).toEqual([...map.values()]);
      }),
    );
  });

  // Put it in: ascending.ts, `#reclaim`: do not fill what was freed.
  it("hold nothing that was taken", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const values = new Ascending<object>();
    for (let n = 0; n < 100; n++) values.add(n, { n });
    for (let n = 0; n < 64; n++) values.take(n);
    const taken = [64, 70, 99].map((n) => new WeakRef(values.take(n) ?? {}));
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    expect(taken.map((each) => each.deref())).toEqual([undefined, undefined, undefined]);
    expect(values.size).toBe(33);
  });

  // Put it in: ascending.ts, `#reclaim`: leave `#end` as it is.
  it("stay what they are when places are reclaimed", () => {
    const values = new Ascending<string>();
    for (let round = 0; round < 2; round++) {
      const from = round * 10_000;
      for (let n = 0; n < 3_000; n++) values.add(from + n, `v${from + n}`);
      for (let n = 0; n < 2_900; n++) {
        expect(values.take(from + n)).toBe(`v${from + n}`);
        expect(values.size).toBe(2_999 - n);
        expect(values.oldest).toBe(`v${from + n + 1}`);
      }
      expect(values.values()).toEqual(Array.from({ length: 100 }, (_, n) => `v${from + 2_900 + n}`));
      expect(values.get(from + 2_899)).toBeUndefined();
      for (let n = 2_999; n >= 2_900; n--) expect(values.take(from + n)).toBe(`v${from + n}`);
      expect([values.size, values.oldest, values.values()]).toEqual([0, undefined, []]);
    }
  });

  it("take no number that is not above the others", () => {
    const values = new Ascending<string>();
    values.add(5, "five");
    expect(() => values.add(5, "again")).toThrow("numbers ascend");
    expect(() => values.add(4, "below")).toThrow("numbers ascend");
    values.take(5);
    values.add(4, "now");
    expect(values.get(4)).toBe("now");
  });
});
