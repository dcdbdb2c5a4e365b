import { expect, test } from "vitest";
import { Driver, type Held, spec } from "./harness.ts";

test("a queued job ends at once, ready or scheduled", () => {
  const driver = new Driver();
  driver.enqueue(spec("ready"), spec("scheduled", { delayMs: 100 }));
  for (const id of ["ready", "scheduled"]) {
    expect(driver.cancel(id, "not needed")).toEqual({ ok: true, state: "cancelled" });
    expect(driver.job(id)).toMatchObject({
      state: "cancelled",
      reason: "not needed",
      finishedAt: driver.now,
    });
  }
  driver.pass(100);
  driver.fireTimers();
  expect(driver.claim(9)).toEqual([]);
});

test("a running one goes on; its worker hears of it with the next renewal", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  const held = driver.claimOne();
  expect(driver.cancel("1")).toEqual({ ok: true, state: "running" });
  expect(driver.extend(held)).toMatchObject({ ok: true, cancelRequested: true });
});

const endings = [
  {
    how: "it fails",
    end: (driver: Driver, held: Held) => driver.fail(held),
    answer: { ok: true, type: "fail", nextDueAt: null },
  },
  {
    how: "it is released",
    end: (driver: Driver, held: Held) => driver.release(held),
    answer: { ok: true, type: "release" },
  },
  { how: "its lease runs out", end: (driver: Driver) => driver.expire(), answer: 1 },
];

test.each(endings)(
  "when $how, it is cancelled with the first reason, and nothing retries it",
  ({ end, answer }) => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    driver.cancel("1", "first");
    driver.cancel("1", "second");
    driver.pass(1_000);
    expect(end(driver, held)).toEqual(answer);
    expect(driver.last.notices).toEqual([]);
    expect(driver.job("1")).toMatchObject({ state: "cancelled", reason: "first", claim: null });
    expect(driver.complete(held)).toMatchObject({ code: "JOB_TERMINAL" });
    expect(driver.machine.totals.deaths).toBe(0);
  },
);

test("repeating the act that ended a job so cancelled answers alike", () => {
  for (const { end, answer } of endings.slice(0, 2)) {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    driver.cancel("1");
    end(driver, held);
    expect(end(driver, held)).toEqual(answer);
  }
});

test("one that completes all the same is completed, without a reason", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  const held = driver.claimOne();
  driver.cancel("1");
  expect(driver.complete(held)).toMatchObject({ ok: true });
  expect(driver.job("1")).toMatchObject({ state: "completed", reason: "" });
});

test("repeated it answers alike; what has ended otherwise cannot be cancelled", () => {
  const driver = new Driver();
  driver.enqueue(spec("cancelled"), spec("done"), spec("dead"));
  driver.cancel("cancelled");
  expect(driver.cancel("cancelled", "again")).toEqual({ ok: true, state: "cancelled" });
  expect(driver.job("cancelled").reason).toBe("no longer wanted");
  driver.complete(driver.claimOne());
  driver.fail(driver.claimOne(), { retryable: false });
  expect(driver.cancel("done")).toMatchObject({ code: "JOB_TERMINAL" });
  expect(driver.cancel("dead")).toMatchObject({ code: "JOB_TERMINAL" });
  expect(driver.cancel("nobody")).toMatchObject({ code: "NOT_FOUND" });
});
