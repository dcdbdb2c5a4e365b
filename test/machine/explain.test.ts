import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import type { QueuePatch } from "../../src/machine/types.ts";
import { Driver, spec } from "./harness.ts";

const why = (driver: Driver, id: string) => driver.machine.explain(JobId(id))?.reasons;
const next = { type: "behind", higher: 0, earlier: 0, atLeast: false };

function set(driver: Driver, patch: QueuePatch): void {
  driver.apply({ type: "setQueue", queue: "mail", patch });
}

test("a job that nobody knows has no explanation", () => {
  expect(new Driver().machine.explain(JobId("gone"))).toBeUndefined();
});

test("waiting for others: those that have not ended", () => {
  const driver = new Driver();
  const waitFor = { ids: [JobId("a"), JobId("b"), JobId("c")], onFailure: "run" } as const;
  driver.enqueue(spec("a"), spec("b"), spec("c"), spec("last", { waitFor }));
  expect(why(driver, "last")).toEqual([{ type: "waitsFor", ids: ["a", "b", "c"] }]);
  driver.complete(driver.claimOne());
  expect(why(driver, "last")).toEqual([{ type: "waitsFor", ids: ["b", "c"] }]);
  driver.cancel("c");
  expect(why(driver, "last")).toEqual([{ type: "waitsFor", ids: ["b"] }]);
});

test("not due: delayed, or a retry after an error", () => {
  const driver = new Driver();
  driver.enqueue(spec("later", { delayMs: 500 }), spec("again"));
  expect(why(driver, "later")).toEqual([
    { type: "notDue", dueAt: driver.now + 500, attempt: 0, lastError: "" },
  ]);
  driver.fail(driver.claimOne(), { error: "no luck" });
  expect(why(driver, "again")).toEqual([
    { type: "notDue", dueAt: driver.now + 1_000, attempt: 1, lastError: "no luck" },
  ]);
});

test("ready: its place in the order, and every limit that holds it up, with its numbers", () => {
  const driver = new Driver();
  const of = { agent: "a", key: "k", leaseMs: 100_000 };
  driver.enqueue(spec("0", of), spec("1", of), spec("2", of), spec("high", { priority: "high" }));
  expect(why(driver, "2")).toEqual([{ ...next, higher: 1, earlier: 2 }]);
  const rate = { limit: 1, intervalMs: 1_000 };
  set(driver, {
    maxRunning: 2,
    maxRunningPerAgent: 1,
    maxRunningPerKey: 1,
    rate: { limit: 2, intervalMs: 1_000 },
    ratePerKey: rate,
  });
  driver.claim(2);
  set(driver, { paused: { on: true, by: "ann", why: "bug 7" } });
  const freeAt = driver.now + 1_000;
  expect(why(driver, "2")).toEqual([
    { type: "paused", paused: { by: "ann", why: "bug 7", at: driver.now } },
    { type: "running", of: "queue", name: "mail", running: 2, limit: 2 },
    { type: "running", of: "agent", name: "a", running: 1, limit: 1 },
    { type: "running", of: "key", name: "k", running: 1, limit: 1 },
    { type: "rate", of: "queue", name: "mail", rate: { limit: 2, intervalMs: 1_000 }, freeAt },
    { type: "rate", of: "key", name: "k", rate, freeAt },
    { ...next, earlier: 1 },
  ]);
});

test("a breaker that is open, by whom and until when; and one whose probe is out", () => {
  const driver = new Driver();
  driver.enqueue(spec("1", { agent: "a" }), spec("2", { agent: "a" }));
  driver.apply({ type: "setBreaker", agent: "a", open: true, openMs: 100, by: "ann", why: "quota" });
  expect(why(driver, "1")).toMatchObject([
    { type: "breaker", breaker: { state: "open", openUntil: driver.now + 100, byHand: { by: "ann" } } },
    next,
  ]);
  driver.pass(100);
  driver.fireTimers();
  expect(why(driver, "1")).toEqual([next]);
  const { token } = driver.claimOne();
  expect(why(driver, "2")).toMatchObject([
    { type: "breaker", breaker: { state: "halfOpen", probe: { id: "1", token } } },
    next,
  ]);
});

test("running: in whose hands; ended: how and when", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  const held = driver.claimOne("w7");
  const expiresAt = driver.now + 1_000;
  expect(why(driver, "1")).toEqual([
    {
      type: "inHand",
      workerId: "w7",
      token: held.token,
      since: driver.now,
      expiresAt,
      cancelRequested: false,
    },
  ]);
  driver.fail(held, { retryable: false });
  expect(why(driver, "1")).toMatchObject([{ type: "ended", state: "dead", at: driver.now }]);
});
