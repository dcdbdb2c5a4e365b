import * as fc from "fast-check";
import { expect, test } from "vitest";
import { noBytes, type PayloadOwner, PayloadSlabs, payloadOf } from "../../src/machine/payloadSlabs.ts";

const length = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, 16_384, 16_385, 100_000),
  fc.nat({ max: 64 }),
  fc.nat({ max: 16_384 }),
);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pack: length }) },
  { weight: 2, arbitrary: fc.record({ free: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ freeAllBut: fc.integer({ min: 1, max: 5 }) }) },
);

function filled(bytes: number, mark: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (mark * 31 + n) & 0xff);
}

/** Much faster than `toEqual` for bytes. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

test("each owner reads what it packed, whatever else comes, goes and moves, and a window stays as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
      const slabs = new PayloadSlabs();
      let owners: { readonly owner: PayloadOwner; readonly mark: number; readonly bytes: number }[] = [];
      const windows: { readonly window: Uint8Array; readonly expected: Uint8Array }[] = [];
      let mark = 0;
      for (const each of steps) {
        if ("pack" in each) {
          const owner: PayloadOwner = { held: filled(each.pack, ++mark), heldAt: 0 };
          slabs.pack(owner);
          owners.push({ owner, mark, bytes: each.pack });
          windows.push({ window: payloadOf(owner), expected: filled(each.pack, mark) });
        } else {
          const goes = "free" in each ? [owners[each.free % Math.max(1, owners.length)]] : owners.slice();
          const stays = "freeAllBut" in each ? each.freeAllBut : Number.POSITIVE_INFINITY;
          goes.forEach((one, n) => {
            if (one === undefined || n % (stays + 1) === stays) return;
            slabs.free(one.owner);
            owners = owners.filter((other) => other !== one);
          });
        }
      }
      for (const one of owners) expect(same(payloadOf(one.owner), filled(one.bytes, one.mark))).toBe(true);
      for (const { window, expected } of windows) expect(same(window, expected)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("memory stays within twice what is live, and one slab", () => {
  const slabs = new PayloadSlabs();
  const owners: PayloadOwner[] = [];
  for (let n = 0; n < 20_000; n++) {
    const owner: PayloadOwner = { held: filled(248, n), heldAt: 0 };
    slabs.pack(owner);
    owners.push(owner);
  }
  expect(slabs.slabs).toBe(Math.ceil((20_000 * 256) / (256 * 1024)));
  owners.forEach((owner, n) => {
    if (n % 10 !== 0) slabs.free(owner);
  });
  expect(slabs.slabs).toBeLessThanOrEqual(2 * Math.ceil((2_000 * 256) / (256 * 1024)) + 1);
  owners.forEach((owner, n) => {
    if (n % 10 === 0) expect(same(payloadOf(owner), filled(248, n))).toBe(true);
  });
  owners.forEach((owner, n) => {
    if (n % 10 === 0) slabs.free(owner);
  });
  expect(slabs.slabs).toBeLessThanOrEqual(2);
});

test("a packed payload no longer holds the message that it came in; a large one has bytes of its own", () => {
  const slabs = new PayloadSlabs();
  const message = new Uint8Array(200_000);
  const small: PayloadOwner = { held: message.subarray(10, 20), heldAt: 0 };
  const large: PayloadOwner = { held: message.subarray(0, 20_000), heldAt: 0 };
  const none: PayloadOwner = { held: message.subarray(0, 0), heldAt: 0 };
  for (const owner of [small, large, none]) slabs.pack(owner);
  expect(payloadOf(small).buffer).not.toBe(message.buffer);
  expect(payloadOf(large).buffer.byteLength).toBe(20_000);
  expect(payloadOf(none)).toBe(noBytes);
  const before = payloadOf(large);
  slabs.pack(large);
  expect(payloadOf(large), "packed once").toBe(before);
});

test("what is freed twice is a bug", () => {
  const slabs = new PayloadSlabs();
  const owner: PayloadOwner = { held: filled(8, 1), heldAt: 0 };
  slabs.pack(owner);
  const copy = { ...owner };
  slabs.free(owner);
  expect(() => slabs.free(copy)).toThrow("freed once");
  expect(payloadOf(owner)).toBe(noBytes);
});
