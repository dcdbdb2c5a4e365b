import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutants } from "./all.ts";

const source = join(import.meta.dirname, "../../../src");

test("there are at least thirty planted bugs, each with a name of its own", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(30);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.each(mutants)("$name: there is one place to plant it in", ({ edits }) => {
  for (const { file, from, to } of edits) {
    expect(to).not.toBe(from);
    expect(readFileSync(join(source, file), "utf8").split(from).length - 1, file).toBe(1);
  }
});
