import { describe, expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import { Driver, ids, spec } from "./harness.ts";

describe("a lease ends only by a committed entry that names its token (Q11)", () => {
  test("bug 34: a worker dies: its job is rescued after its lease, by the log", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    driver.claimOne("dead-worker");
    driver.pass(999);
    expect(driver.expire(), "not before its time").toBe(0);
    driver.pass(1);
    expect(driver.machine.nextLeaseEnd()).toBe(driver.now);
    expect(driver.expire()).toBe(1);
    expect(driver.last.notices).toMatchObject([
      { type: "attemptFailed", end: "expired", attempt: 1, delayMs: 1_000, dueAt: driver.now + 1_000 },
    ]);
    driver.pass(1_000);
    driver.fireTimers();
    const rescued = driver.claimOne("live-worker");
    expect(rescued).toMatchObject({ id: "1", attempt: 2 });
    expect(driver.complete(rescued)).toMatchObject({ ok: true });
    expect(driver.job("1")).toMatchObject({
      state: "completed",
      history: [{ end: "expired", workerId: "dead-worker", attempt: 1 }],
    });
  });

  test("a job whose workers all die is dead after its last attempt, and says so once", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    for (let attempt = 1; attempt <= 3; attempt++) {
      driver.claimOne(`w${attempt}`);
      driver.pass(100_000);
      driver.expire();
      if (attempt < 3) driver.pass(100_000);
      if (attempt < 3) driver.fireTimers();
    }
    expect(driver.last.notices).toMatchObject([{ type: "jobDead", attempts: 3, workerId: "w3" }]);
    expect(driver.job("1")).toMatchObject({
      state: "dead",
      reason: expect.stringContaining("attempt 3 of 3 expired: the lease ran out"),
    });
  });

  test("a claim renewed after the leader saw it run out is left alone", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    driver.pass(1_000);
    const seen = driver.machine.expiredClaims(LogTimeMs(driver.now), 10);
    expect(seen).toEqual([{ id: "1", token: held.token }]);
    driver.extend(held);
    expect(driver.apply({ type: "expireClaims", claims: seen })).toEqual([
      { type: "expireClaims", expired: 0 },
    ]);
    expect(driver.job("1").state).toBe("running");
  });

  test("a later claim of the same job is not ended by its predecessor's expiry", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { leaseMs: 10 }));
    const first = driver.claimOne();
    driver.release(first);
    const second = driver.claimOne();
    driver.pass(10);
    expect(driver.apply({ type: "expireClaims", claims: [first] })).toEqual([
      { type: "expireClaims", expired: 0 },
    ]);
    expect(driver.job("1").claim?.token).toBe(second.token);
  });

  test.each(["complete", "fail", "extend", "release"] as const)(
    "after its time but before its expiry is committed, a claim is still its worker's to %s",
    (act) => {
      const driver = new Driver();
      driver.enqueue(spec("1"));
      const held = driver.claimOne();
      driver.pass(5_000);
      expect(driver[act](held)).toMatchObject({ ok: true });
      expect(driver.expire()).toBe(0);
    },
  );
});

test("expiredClaims: oldest expiry first, at most the limit, and looking changes nothing", () => {
  const driver = new Driver();
  driver.enqueue(...[40, 10, 30, 20].map((leaseMs) => spec(`${leaseMs}`, { leaseMs })));
  driver.claim(4);
  const at = (ms: number, limit: number) =>
    ids(driver.machine.expiredClaims(LogTimeMs(driver.now + ms), limit));
  expect(at(9, 10)).toEqual([]);
  expect(at(30, 10)).toEqual(["10", "20", "30"]);
  expect(at(99, 2)).toEqual(["10", "20"]);
  expect(at(99, 10)).toEqual(["10", "20", "30", "40"]);
});

test("a new term gives every live claim one full lease of grace, and shortens none", () => {
  const driver = new Driver();
  driver.enqueue(spec("short", { leaseMs: 1_000 }), spec("long", { leaseMs: 60_000 }));
  const [, long] = driver.claim(2);
  driver.pass(800);
  driver.apply({ type: "beginTerm", leader: "n2" });
  expect(driver.job("short").claim?.expiresAt).toBe(driver.now + 1_000);
  expect(driver.job("long").claim?.expiresAt).toBe(driver.now + 60_000);
  expect(long).toBeDefined();
  driver.pass(999);
  expect(driver.expire()).toBe(0);
  driver.pass(1);
  expect(driver.expire()).toBe(1);
});
