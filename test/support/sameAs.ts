import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";

/** As `expect(actual, what).toEqual(expected)`, yet quick where they are equal: for properties that compare at every step. */
export function expectSame(actual: unknown, expected: unknown, what = ""): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toEqual(expected);
}
