import { describe, expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
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

test.each(["fails", "runs out of its lease", "is snoozed", "is snoozed, and given back when it comes again"])(
  "in the queue: the end of it is a claim in time that %s",
  (how) => {
    const driver = new Driver();
    driver.enqueue(
      timed({ queueMs: 500 }, { leaseMs: 100, retry: { ...spec("a").retry, initialBackoffMs: 0 } }),
    );
    const held = driver.claimOne();
    driver.pass(100);
    if (how === "fails") driver.fail(held);
    else if (how.startsWith("runs")) driver.expire();
    else {
      driver.act({ type: "release", ...held, delayMs: 10 });
      driver.pass(10);
      driver.fireTimers();
    }
    if (how.endsWith("again")) driver.release(driver.claimOne());
    expect(driver.job("a").state).toBe("ready");
    expect(driver.machine.nextTimerAt()).toBeNull();
  },
);

describe("in the queue: a claim that is given back on the first attempt leaves what was left of the time", () => {
  const ways = {
    "a worker that stops": (driver: Driver) => {
      const held = driver.claimOne();
      driver.pass(10_000);
      driver.release(held);
    },
    "never delivered": (driver: Driver) => {
      const queues = ["mail"];
      driver.apply({ type: "claim", workerId: "w", queues, slots: 1, stream: { session: 5, number: 1 } });
      driver.pass(10_000);
      driver.apply({ type: "resumeWorker", workerId: "w", stream: { session: 5, number: 2 }, held: [] });
    },
  };

  test.each(Object.entries(ways))("%s, also by a machine that was restored meanwhile", (_way, giveBack) => {
    const driver = new Driver();
    driver.enqueue(timed({ queueMs: 500 }));
    driver.pass(300);
    giveBack(driver);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const { now } = driver;
    for (const each of [driver, new Driver(shelf.restore())]) {
      each.now = now;
      expect(each.job("a")).toMatchObject({ state: "ready", attempt: 0 });
      expect(each.machine.nextTimerAt()).toBe(each.now + 200);
      giveBack(each);
      each.pass(199);
      expect(each.fireTimers()).toBe(0);
      each.pass(1);
      expect(each.fireTimers()).toBe(1);
      expect(each.job("a")).toMatchObject({ state: "dead", attempt: 0 });
    }
  });

  test("a machine that is restored while the claim runs knows as well", () => {
    const driver = new Driver();
    driver.enqueue(timed({ queueMs: 500 }));
    driver.pass(300);
    const held = driver.claimOne();
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    expect(again.machine.nextTimerAt()).toBeNull();
    again.pass(50);
    again.release(held);
    expect(again.machine.nextTimerAt()).toBe(again.now + 200);
  });

  test("a redriven job has all of it again, and what is left of that", () => {
    const driver = new Driver();
    driver.enqueue(timed({ queueMs: 500 }));
    driver.fail(driver.claimOne(), { retryable: false });
    driver.apply({ type: "manage", action: "redrive", ids: [JobId("a")], by: "ann", why: "" });
    driver.pass(100);
    ways["a worker that stops"](driver);
    expect(driver.machine.nextTimerAt()).toBe(driver.now + 400);
  });

  test.each(Object.entries(ways))("by the rules of 0.1.0 none is left: %s", (_way, giveBack) => {
    const driver = Driver.asBefore();
    driver.enqueue(timed({ queueMs: 500 }));
    giveBack(driver);
    expect(driver.machine.nextTimerAt()).toBeNull();
    driver.pass(365 * 86_400_000);
    expect(driver.fireTimers()).toBe(0);
    expect(driver.job("a").state).toBe("ready");
  });
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
