import { expect, test } from "vitest";
import { Coverage } from "./coverage.ts";
import { missingFrom } from "./required.ts";

const nothing = new Coverage();

test("the more seeds a run has, the more it must have shown", () => {
  const [few, some, many, most] = [99, 100, 1_000, 10_000].map((seeds) => missingFrom(nothing, seeds));
  expect(few).toEqual([]);
  expect(some?.length).toBeGreaterThan(250);
  expect(new Set(many)).toEqual(new Set([...(some ?? []), ...(many ?? [])]));
  expect(many?.length).toBeGreaterThan(some?.length ?? 0);
  expect(most?.length).toBeGreaterThan(many?.length ?? 0);
});

test("what a hundred seeds did not show is named", () => {
  const coverage = new Coverage();
  for (const name of missingFrom(nothing, 100)) {
    const [kind = "", what = ""] = name.split(/: (.*)/);
    if (name !== "fault: kill") coverage.count(kind, what);
  }
  expect(missingFrom(coverage, 120)).toEqual(["fault: kill"]);
});
