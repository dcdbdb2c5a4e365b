import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import type { JobPage } from "../../src/machine/list.ts";
import type { JobFilter } from "../../src/machine/types.ts";
import { Driver, spec } from "./harness.ts";

/** 100 jobs, of which a few have left the ready state. */
function busy(): Driver {
  const driver = new Driver();
  driver.enqueue(
    ...Array.from({ length: 100 }, (_, n) =>
      spec(`${n}`, {
        queue: n % 10 === 0 ? "rare" : "mail",
        agent: n % 2 === 0 ? "even" : "odd",
        retentionMs: 50,
      }),
    ),
  );
  const [first, second, third] = driver.claim(4, ["mail"]);
  if (first === undefined || second === undefined || third === undefined) throw new Error("four jobs");
  driver.fail(second, { retryable: false });
  driver.fail(first, { retryable: false });
  driver.complete(third);
  return driver;
}

const found = (driver: Driver, filter: Partial<JobFilter>) =>
  driver.machine.list({ limit: 5, ...filter }).map((job) => Number(job.spec.id));

test("pages come in the order of enqueueing, each from where the last one ended", () => {
  const driver = busy();
  const seen: number[] = [];
  let after: JobId | null = null;
  for (;;) {
    const page = driver.machine.list({ limit: 7, ...(after === null ? {} : { after }) });
    seen.push(...page.map((job) => Number(job.spec.id)));
    after = page.at(-1)?.spec.id ?? null;
    if (after === null) break;
  }
  expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test("filters by queue, state and agent, alone and together, with and without a cursor", () => {
  const driver = busy();
  expect(found(driver, { queue: "rare", limit: 3 })).toEqual([0, 10, 20]);
  expect(found(driver, { agent: "odd", after: JobId("90") })).toEqual([91, 93, 95, 97, 99]);
  expect(found(driver, { state: "dead" })).toEqual([1, 2]);
  expect(found(driver, { state: "dead", limit: 1 })).toEqual([1]);
  expect(found(driver, { state: "dead", after: JobId("1") })).toEqual([2]);
  expect(found(driver, { state: "dead", agent: "even" })).toEqual([2]);
  expect(found(driver, { state: "running" })).toEqual([4]);
  expect(found(driver, { state: "completed" })).toEqual([3]);
  expect(found(driver, { state: "cancelled" })).toEqual([]);
  expect(found(driver, { state: "scheduled" })).toEqual([]);
  expect(found(driver, { state: "ready", queue: "rare", after: JobId("85") })).toEqual([90]);
  expect(found(driver, { state: "ready", limit: 4 })).toEqual([0, 5, 6, 7]);
  expect(found(driver, { queue: "unknown" })).toEqual([]);
});

test("few ready ones among many others are found through their queues", () => {
  const driver = new Driver();
  driver.enqueue(...Array.from({ length: 100 }, (_, n) => spec(`${n}`, { delayMs: n % 50 === 7 ? 0 : 100 })));
  expect(found(driver, { state: "ready" })).toEqual([7, 57]);
});

test("a page after a job that is gone is NOT_FOUND, rather than a page from somewhere else", () => {
  const driver = busy();
  driver.pass(50);
  driver.fireTimers();
  expect(() => found(driver, { after: JobId("3") })).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});

test("with its place a page goes on also when the job is gone, or has come anew, wherever that was in the order", () => {
  const after = (gone: number): number[] => {
    const driver = new Driver();
    driver.enqueue(...Array.from({ length: 9 }, (_, n) => spec(`${n}`, { retentionMs: 1 })));
    const { sequences } = driver.machine.page({ limit: 9 });
    driver.cancel(`${gone}`);
    driver.pass(1);
    driver.fireTimers();
    if (gone % 2 === 0) driver.enqueue(spec(`${gone}`));
    return found(driver, { limit: 9, after: JobId(`${gone}`), afterSequence: sequences[gone] ?? 0 });
  };
  for (let gone = 0; gone < 9; gone++) {
    const rest = Array.from({ length: 8 - gone }, (_, n) => gone + 1 + n);
    expect(after(gone)).toEqual(gone % 2 === 0 ? [...rest, gone] : rest);
  }
});

test("what was read stays as it was when the job goes on", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  const before = driver.job("1");
  driver.claimOne();
  expect(before).toMatchObject({ state: "ready", attempt: 0, claim: null });
});

test("a page looks at so many jobs and says where to go on; the pages together have what one list has", () => {
  const driver = new Driver();
  for (let n = 0; n < 45_000; n += 5_000) {
    driver.enqueue(
      ...Array.from({ length: 5_000 }, (_, i) =>
        spec(`j${n + i}`, { agent: (n + i) % 9_999 === 0 ? "rare" : "" }),
      ),
    );
  }
  const filter = { agent: "rare", limit: 100 };
  const found: string[] = [];
  let pages = 0;
  let more = {};
  for (let next: JobPage["next"] | undefined; next !== null; pages++) {
    const page = driver.machine.page({ ...filter, ...more });
    expect(page.examined).toBeLessThanOrEqual(2_000);
    found.push(...page.jobs.map((job) => job.spec.id));
    next = page.next;
    more = { after: next?.id, afterSequence: next?.sequence };
  }
  expect(pages).toBe(23);
  expect(found).toEqual(driver.machine.list(filter).map((job) => job.spec.id));
  expect(found).toEqual(["j0", "j9999", "j19998", "j29997", "j39996"]);
});
