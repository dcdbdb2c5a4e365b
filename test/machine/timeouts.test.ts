import { expect, test } from "vitest";
import type { Timeouts } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";

const timed = (timeouts: Partial<Timeouts>, more = {}) =>
  spec("a", { timeouts: { queueMs: 0, attemptMs: 0, totalMs: 0, ...timeouts }, leaseMs: 1_000_000, ...more });

test("in the queue: dead when nobody claims it in time, counted from when it became ready", () => {
  const driver = new Driver();
  driver.enqueue(timed({ queueMs: 500 }, { delayMs: 2_000 }));
  driver.pass(2_000);
  driver.fireTimers();
  expect(driver.machine.nextTimerAt()).toBe(driver.now + 500);
  driver.pass(499);
  expect(driver.fireTimers()).toBe(0);
  driver.pass(1);
  expect(driver.fireTimers()).toBe(1);
  expect(driver.job("a")).toMatchObject({
    state: "dead",
    attempt: 0,
    reason: "no worker claimed it within 500 ms after it became ready",
  });
  expect(driver.last.notices).toMatchObject([{ type: "jobDead" }]);
});

test("in the queue: a claim in time is the end of it, whatever comes after", () => {
  const driver = new Driver();
  driver.enqueue(timed({ queueMs: 500 }));
  driver.release(driver.claimOne());
  expect(driver.machine.nextTimerAt()).toBeNull();
});

test("of an attempt: it ends, counts as failed, and is retried by the policy; its worker is told", () => {
  const driver = new Driver();
  driver.enqueue(timed({ attemptMs: 300 }));
  const held = driver.claimOne();
  expect(held.attemptTimeoutMs).toBe(300);
  driver.extend(held);
  driver.pass(300);
  expect(driver.fireTimers()).toBe(1);
  expect(driver.job("a")).toMatchObject({ state: "scheduled", attempt: 1, dueAt: driver.now + 1_000 });
  expect(driver.job("a").history).toMatchObject([
    { end: "timedOut", error: "the attempt took longer than 300 ms" },
  ]);
  expect(driver.last.claimNews).toMatchObject([{ id: "a", token: held.token, end: "timedOut" }]);
  expect(driver.complete(held)).toMatchObject({ ok: false, code: "STALE_TOKEN" });
});

test("of the last attempt: dead, and the reason says so", () => {
  const driver = new Driver();
  driver.enqueue(timed({ attemptMs: 300 }, { retry: { ...spec("a").retry, maxAttempts: 1 } }));
  driver.claimOne();
  driver.pass(300);
  driver.fireTimers();
  expect(driver.job("a")).toMatchObject({
    state: "dead",
    reason: "attempt 1 of 1 timed out: the attempt took longer than 300 ms",
  });
});

test.each(["ready", "scheduled", "running"] as const)("in all: dead whatever it does: %s", (state) => {
  const driver = new Driver();
  driver.enqueue(timed({ totalMs: 5_000 }, state === "scheduled" ? { delayMs: 60_000 } : {}));
  const held = state === "running" ? driver.claimOne() : null;
  driver.pass(5_000);
  expect(driver.fireTimers()).toBe(1);
  expect(driver.job("a")).toMatchObject({
    state: "dead",
    claim: null,
    reason: "it was not completed within 5000 ms in all",
  });
  expect(driver.last.claimNews.length).toBe(held === null ? 0 : 1);
});

test("one that was to be cancelled is cancelled when its time is over", () => {
  const driver = new Driver();
  driver.enqueue(timed({ attemptMs: 100 }));
  driver.claimOne();
  driver.cancel("a", "not wanted");
  driver.pass(100);
  driver.fireTimers();
  expect(driver.job("a")).toMatchObject({ state: "cancelled", reason: "not wanted" });
});

test("a new leader's grace moves no deadline, and a restart keeps it", () => {
  const driver = new Driver();
  driver.enqueue(timed({ attemptMs: 300, queueMs: 100 }));
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  expect(shelf.restore().nextTimerAt()).toBe(driver.now + 100);
  driver.claimOne();
  driver.apply({ type: "beginTerm", leader: "n2" });
  shelf.write(driver.machine.beginCheckpoint());
  expect(driver.machine.nextTimerAt()).toBe(driver.now + 300);
  expect(shelf.restore().nextTimerAt()).toBe(driver.now + 300);
});

test("nothing stale is left: a job that ended in time leaves only its retention", () => {
  const driver = new Driver();
  driver.enqueue(timed({ attemptMs: 300, queueMs: 100, totalMs: 900 }));
  driver.complete(driver.claimOne());
  expect(driver.machine.nextTimerAt()).toBe(driver.now + spec("a").retentionMs);
});

test("an attempt that may take as long as the whole job ends with it, and is not retried", () => {
  const driver = new Driver();
  driver.enqueue(spec("a", { timeouts: { queueMs: 0, attemptMs: 300, totalMs: 300 }, leaseMs: 10_000 }));
  driver.claimOne();
  driver.pass(300);
  expect(driver.fireTimers(), "one end, and not that of the attempt first").toBe(1);
  expect(driver.last.notices.map(({ type }) => type)).toEqual(["jobDead"]);
  expect(driver.job("a")).toMatchObject({ state: "dead", attempt: 1 });
  expect(driver.job("a").reason).toContain("within 300 ms in all");
});
