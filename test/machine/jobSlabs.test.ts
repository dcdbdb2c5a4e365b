import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type JobSlab, JobSlabs, maxPacked, noBytes, ownBytes } from "../../src/machine/jobSlabs.ts";

/** Knows where each row's bytes are, as the job table does. */
class Owner {
  readonly places = new Map<number, { readonly slab: JobSlab; readonly at: number }>();
  readonly slabs = new JobSlabs((row, slab, at) => this.places.set(row, { slab, at }));

  place(row: number) {
    const place = this.places.get(row);
    if (place === undefined) throw new Error(`nothing is packed for row ${row}`);
    return place;
  }

  free(row: number): void {
    const { slab, at } = this.place(row);
    this.slabs.free(row, slab, at);
    this.places.delete(row);
  }
}

const slabSize = 256 * 1024;
const length = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, maxPacked),
  fc.nat({ max: 64 }),
  fc.nat({ max: maxPacked }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pack: length, idLength: fc.constantFrom(1, 36, 255) }) },
  { weight: 2, arbitrary: fc.record({ free: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ freeAllBut: fc.integer({ min: 1, max: 5 }) }) },
);

function filled(bytes: number, mark: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (mark * 31 + n) & 0xff);
}

/** Much faster than `toEqual` for bytes. */
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

test("each row reads what was packed for it, whatever else comes, goes and moves, and a window stays as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
      const owner = new Owner();
      const packed = new Map<number, { readonly id: string; readonly payload: Uint8Array }>();
      const windows: { readonly window: Uint8Array; readonly expected: Uint8Array }[] = [];
      let row = 0;
      for (const each of steps) {
        if ("pack" in each) {
          const payload = filled(each.pack, ++row);
          const id = `${row}`.padStart(each.idLength, "x");
          owner.slabs.add(row, id, payload);
          packed.set(row, { id, payload });
          const { slab, at } = owner.place(row);
          windows.push({ window: slab.payload(at), expected: payload });
          continue;
        }
        const rows = [...packed.keys()];
        const goes =
          "free" in each
            ? rows.slice(each.free % Math.max(1, rows.length)).slice(0, 1)
            : rows.filter((_, n) => n % (each.freeAllBut + 1) !== each.freeAllBut);
        for (const gone of goes) {
          owner.free(gone);
          packed.delete(gone);
        }
      }
      for (const [each, { id, payload }] of packed) {
        const { slab, at } = owner.place(each);
        expect(slab.id(at)).toBe(id);
        expect(slab.isId(at, id) && !slab.isId(at, `${id}y`) && !slab.isId(at, "")).toBe(true);
        expect(same(slab.payload(at), payload)).toBe(true);
      }
      for (const { window, expected } of windows) expect(same(window, expected)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("memory stays within twice what is live, and one slab", () => {
  const owner = new Owner();
  // With the header and an id of 8 characters: 256 bytes.
  const rows = Array.from({ length: 20_000 }, (_, n) => n);
  for (const row of rows) owner.slabs.add(row, String(row).padStart(8, "0"), filled(240, row));
  expect(owner.slabs.slabs).toBe(Math.ceil((rows.length * 256) / slabSize));
  for (const row of rows) if (row % 10 !== 0) owner.free(row);
  expect(owner.slabs.slabs).toBeLessThanOrEqual(2 * Math.ceil((2_000 * 256) / slabSize) + 1);
  for (const row of rows) {
    if (row % 10 !== 0) continue;
    const { slab, at } = owner.place(row);
    expect(same(slab.payload(at), filled(240, row))).toBe(true);
  }
  for (const row of rows) if (row % 10 === 0) owner.free(row);
  expect(owner.slabs.slabs).toBeLessThanOrEqual(2);
});

test("an id that takes more than a byte a character, or is too long, is left out", () => {
  const owner = new Owner();
  const hasId = (row: number, id: string): boolean => {
    owner.slabs.add(row, id, filled(3, 1));
    const { slab, at } = owner.place(row);
    expect(same(slab.payload(at), filled(3, 1))).toBe(true);
    return slab.hasId(at);
  };
  expect(hasId(1, "plain")).toBe(true);
  expect(hasId(2, "naïve")).toBe(false);
  expect(hasId(3, "x".repeat(256))).toBe(false);
});

test("bytes of its own hold no message; enough of a message is left where it is", () => {
  const message = new Uint8Array(200_000);
  expect(ownBytes(message.subarray(0, 20_000)).buffer.byteLength).toBe(20_000);
  expect(ownBytes(message.subarray(0, 150_000)).buffer).toBe(message.buffer);
  expect(ownBytes(message.subarray(0, 0))).toBe(noBytes);
});

test("what is freed twice is a bug", () => {
  const owner = new Owner();
  owner.slabs.add(1, "a", filled(8, 1));
  const { slab, at } = owner.place(1);
  owner.free(1);
  expect(() => owner.slabs.free(1, slab, at)).toThrow("freed once");
});
