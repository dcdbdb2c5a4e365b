import { expect, test } from "vitest";
import { newId } from "../../src/client/ids.ts";

test("ids are UUIDs of version 7 that tell when they were made", () => {
  const before = Date.now();
  const id = newId();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const at = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test("each sorts after the one before, and none comes twice", () => {
  const ids = Array.from({ length: 50_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  // What follows the counter is drawn anew for each.
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
});
