import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ChecksumTable } from "../../src/storage/checksumTable.ts";
import { RecordsDigest, sumWith } from "../../src/storage/recordsDigest.ts";

const checksum = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.nat({ max: 0xffff_ffff }));
const step = fc.record({ key: fc.nat({ max: 3_000 }), to: fc.option(checksum, { freq: 3 }) });
const bytesOf = (key: number): Uint8Array => Buffer.from(`jjob-${key}`);

test("it holds what a map would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6_000, size: "max" }), (steps) => {
      const table = new ChecksumTable();
      const naive = new Map<number, number>();
      for (const { key, to } of steps) {
        const before = naive.get(key) ?? null;
        if (to === null) {
          expect(table.delete(bytesOf(key))).toBe(before);
          naive.delete(key);
        } else {
          expect(table.set(bytesOf(key), to)).toBe(before);
          naive.set(key, to);
        }
      }
      expect(table.size).toBe(naive.size);
      for (const [key, to] of naive) expect(table.delete(bytesOf(key))).toBe(to);
      expect(table.size).toBe(0);
    }),
    { numRuns: 15 },
  );
});

test("many keys that differ little are all told apart, while it grows and while it shrinks", () => {
  const table = new ChecksumTable();
  const count = 100_000;
  for (let key = 0; key < count; key++) table.set(bytesOf(key), key);
  expect(table.size).toBe(count);
  let wrong = 0;
  for (let key = 0; key < count; key += 2) if (table.delete(bytesOf(key)) !== key) wrong++;
  for (let key = 1; key < count; key += 2) if (table.set(bytesOf(key), 0) !== key) wrong++;
  expect(wrong).toBe(0);
  expect(table.size).toBe(count / 2);
});

test("the digest of what is left is that of records that were never changed", () => {
  const record = fc.record({ key: fc.nat({ max: 20 }), value: fc.option(fc.uint8Array({ minLength: 5 })) });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 100 }), (changes) => {
      const digest = new RecordsDigest();
      const left = new Map<number, Uint8Array>();
      for (const { key, value } of changes) {
        if (value === null) {
          digest.delete(bytesOf(key));
          left.delete(key);
        } else {
          digest.set(bytesOf(key), value);
          left.set(key, value);
        }
      }
      const expected = [...left].reduce((sum, [key, value]) => sumWith(sum, bytesOf(key), value), {
        count: 0,
        sum: 0,
      });
      expect(digest.total).toEqual(expected);
      expect(digest.bytes).toBeGreaterThanOrEqual(0);
      if (left.size === 0) expect(digest.bytes).toBe(0);
    }),
  );
});
