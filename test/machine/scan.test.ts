import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { ScanPlace, ScanRequest } from "../../src/machine/scan.ts";
import { Driver, spec } from "./harness.ts";

const everything: ScanRequest = {
  filter: {},
  from: null,
  until: Number.POSITIVE_INFINITY,
  maxExamined: 1000,
  maxMatched: 1000,
};

function tagged(count: number): Driver {
  const driver = new Driver();
  for (let n = 0; n < count; n++) {
    driver.enqueue(
      spec(`${n}`, { tags: [n % 3 === 0 ? "third" : "other"], key: n % 2 === 0 ? "even" : "odd" }),
    );
    driver.pass(10);
  }
  return driver;
}

describe("filters of lists and scans", () => {
  const driver = tagged(12);
  const start = 1_000_000;
  test.each([
    [{ tag: "third" }, ["0", "3", "6", "9"]],
    [{ key: "odd", tag: "third" }, ["3", "9"]],
    [{ since: LogTimeMs(start + 90) }, ["9", "10", "11"]],
    [{ before: LogTimeMs(start + 20) }, ["0", "1"]],
    [{ since: LogTimeMs(start + 20), before: LogTimeMs(start + 40) }, ["2", "3"]],
    [{ states: ["dead", "cancelled"] as const }, []],
    [{ states: ["ready", "dead"] as const, key: "even", tag: "third" }, ["0", "6"]],
  ])("%j", (filter, ids) => {
    expect(driver.machine.list({ ...filter, limit: 100 }).map((job) => job.spec.id)).toEqual(ids);
    expect(driver.machine.scan({ ...everything, filter }).ids).toEqual(ids);
  });
});

test("whatever the bounds of work, a scan looks at each job once, in order, also when it deletes what it finds", () => {
  const step = fc.record({
    maxExamined: fc.integer({ min: 1, max: 9 }),
    maxMatched: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.boolean(), (steps, cancels) => {
      const driver = tagged(30);
      const found: string[] = [];
      let examined = 0;
      let from: ScanPlace | null = null;
      for (let n = 0; ; n++) {
        const bounds = steps[n % steps.length] ?? { maxExamined: 1, maxMatched: 1 };
        const slice = driver.machine.scan({ ...everything, filter: { tag: "third" }, from, ...bounds });
        expect(slice.examined).toBeLessThanOrEqual(bounds.maxExamined);
        expect(slice.ids.length).toBeLessThanOrEqual(bounds.maxMatched);
        examined += slice.examined;
        found.push(...slice.ids);
        if (cancels) driver.apply({ type: "cancel", ids: slice.ids, reason: "" });
        from = slice.next;
        if (from === null) break;
      }
      expect(examined).toBe(30);
      expect(found).toEqual(Array.from({ length: 10 }, (_, n) => `${3 * n}`));
    }),
  );
});

test("a scan goes on behind a job that is gone, and never reaches what was enqueued after it began", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"), spec("b", { retentionMs: 1 }), spec("c"));
  const until = driver.machine.nextSequence;
  driver.enqueue(spec("late"));
  const { next } = driver.machine.scan({ ...everything, until, maxExamined: 1 });
  expect(next?.id).toBe("b");
  driver.apply({ type: "cancel", ids: [JobId("b")], reason: "" });
  driver.pass(5);
  driver.apply({ type: "fireTimers" });
  expect(driver.machine.job(JobId("b"))).toBeUndefined();
  expect(driver.machine.scan({ ...everything, until, from: next })).toEqual({
    ids: ["c"],
    examined: 1,
    cost: 0,
    next: null,
  });
});

test("a scan ends where what is to be done with its jobs costs enough", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"), spec("b"), spec("c"));
  const waitFor = { ids: [JobId("b")], onFailure: "run" } as const;
  driver.enqueue(...Array.from({ length: 50 }, (_, n) => spec(`w${n}`, { waitFor })));
  const found = (deletes: boolean) =>
    driver.machine.scan({ ...everything, filter: { state: "ready" }, maxCost: { of: 52, deletes } });
  expect(found(true)).toMatchObject({ ids: ["a", "b"], cost: 52, next: { id: "c" } });
  expect(found(false)).toMatchObject({ ids: ["a", "b", "c"], cost: 3, next: null });
});
