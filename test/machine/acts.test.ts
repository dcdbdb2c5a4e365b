import { describe, expect, test } from "vitest";
import { FencingToken, JobId } from "../../src/base/brands.ts";
import { Driver, spec } from "./harness.ts";

describe("only the current token counts (Q5)", () => {
  test("bug 33: a stale worker completes a job claimed again: STALE_TOKEN, the new attempt's result stands", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const stale = driver.claimOne("paused");
    driver.pass(1_000);
    driver.expire();
    driver.pass(1_000);
    driver.fireTimers();
    const current = driver.claimOne("rescuer");
    expect(current.token).toBeGreaterThan(stale.token);

    expect(driver.complete(stale, Uint8Array.of(66))).toMatchObject({ ok: false, code: "STALE_TOKEN" });
    expect(driver.job("1")).toMatchObject({ state: "running", claim: { workerId: "rescuer" } });
    expect(driver.complete(current, Uint8Array.of(1))).toEqual({ ok: true, type: "complete" });
    expect(driver.complete(stale, Uint8Array.of(66))).toMatchObject({ ok: false, code: "STALE_TOKEN" });
    expect(driver.job("1")).toMatchObject({ state: "completed", result: Uint8Array.of(1), attempt: 2 });
  });

  test("the refusal says who holds the job now", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const { id, token } = driver.claimOne("w7");
    const refused = driver.extend({ id, token: FencingToken(token - 1) });
    expect(refused).toMatchObject({ message: expect.stringContaining(`worker w7 with token ${token}`) });
  });

  test("a job that was never claimed has no token, not even 0", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    for (const token of [0, 1, 2].map(FencingToken)) {
      expect(driver.complete({ id: JobId("1"), token })).toMatchObject({ code: "STALE_TOKEN" });
    }
    expect(driver.job("1").state).toBe("ready");
  });

  test("an unknown job is NOT_FOUND, an ended one JOB_TERMINAL", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    expect(driver.complete({ ...held, id: JobId("2") })).toMatchObject({ code: "NOT_FOUND" });
    driver.complete(held);
    expect(driver.fail(held)).toMatchObject({ code: "JOB_TERMINAL" });
    expect(driver.release(held)).toMatchObject({ code: "JOB_TERMINAL" });
    expect(driver.extend(held)).toMatchObject({ code: "JOB_TERMINAL" });
    expect(driver.job("1").state).toBe("completed");
  });

  test("a claim that has ended, with the job still alive, is stale for every other act", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"), spec("3"));
    const [failed, released, expired] = driver.claim(3);
    if (failed === undefined || released === undefined || expired === undefined)
      throw new Error("three jobs");
    driver.fail(failed);
    driver.release(released);
    driver.pass(1_000);
    driver.expire();
    expect(driver.complete(failed)).toMatchObject({ code: "STALE_TOKEN" });
    expect(driver.release(failed)).toMatchObject({ code: "STALE_TOKEN" });
    expect(driver.complete(released)).toMatchObject({ code: "STALE_TOKEN" });
    expect(driver.fail(expired)).toMatchObject({
      code: "STALE_TOKEN",
      message: expect.stringContaining("lease ran out"),
    });
  });
});

describe("a repeated act answers as it did the first time (R14)", () => {
  test("complete: the first result stands", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    const first = driver.complete(held, Uint8Array.of(1));
    expect(driver.complete(held, Uint8Array.of(2))).toEqual(first);
    expect(driver.job("1").result).toEqual(Uint8Array.of(1));
  });

  test("fail: the same due time, later, when it is ready again, and when somebody cancelled it since", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    const first = driver.fail(held);
    expect(first).toEqual({ ok: true, type: "fail", nextDueAt: driver.now + 1_000 });
    driver.pass(5_000);
    expect(driver.fail(held)).toEqual(first);
    driver.fireTimers();
    expect(driver.fail(held)).toEqual(first);
    driver.cancel("1");
    expect(driver.fail(held)).toEqual(first);
    expect(driver.machine.totals).toMatchObject({ failures: 1 });
    expect(driver.job("1").history).toHaveLength(1);
  });

  test("fail, ready again at once, in an entry that is stamped with 0: as due at 1, since 0 would be no due time", () => {
    const driver = new Driver();
    driver.now = 0;
    const { retry } = spec("1");
    driver.enqueue(spec("1", { retry: { ...retry, initialBackoffMs: 0 } }));
    const held = driver.claimOne();
    const first = driver.fail(held);
    expect(first).toEqual({ ok: true, type: "fail", nextDueAt: 1 });
    expect(driver.fail(held)).toEqual(first);
  });

  test("fail for the last time: null, and one notice of the death", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    expect(driver.fail(held, { retryable: false })).toEqual({ ok: true, type: "fail", nextDueAt: null });
    expect(driver.last.notices).toHaveLength(1);
    expect(driver.fail(held, { retryable: false })).toEqual({ ok: true, type: "fail", nextDueAt: null });
    expect(driver.last.notices).toEqual([]);
    expect(driver.machine.totals.deaths).toBe(1);
  });

  test("release: the attempt is given back once", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const held = driver.claimOne();
    expect(driver.job("1").attempt).toBe(1);
    expect(driver.release(held)).toEqual({ ok: true, type: "release" });
    expect(driver.release(held)).toEqual({ ok: true, type: "release" });
    expect(driver.job("1")).toMatchObject({
      state: "ready",
      attempt: 0,
      history: [{ end: "released", attempt: 1 }],
    });
    expect(driver.claimOne().attempt).toBe(1);
  });
});

test("extend renews the lease for its full length from the entry's time", () => {
  const driver = new Driver();
  driver.enqueue(spec("1", { leaseMs: 1_000 }));
  const held = driver.claimOne();
  expect(held.expiresAt).toBe(driver.now + 1_000);
  driver.pass(900);
  const expiresAt = driver.now + 1_000;
  expect(driver.extend(held)).toEqual({ ok: true, type: "extend", expiresAt, cancelRequested: false });
  expect(driver.machine.nextLeaseEnd()).toBe(expiresAt);
});

test("history keeps the last 20 attempts, and 8192 characters of an error without half a character", () => {
  const driver = new Driver();
  driver.enqueue(spec("1", { retry: { ...spec("1").retry, maxAttempts: 100, initialBackoffMs: 0 } }));
  for (let n = 1; n <= 25; n++) driver.fail(driver.claimOne(), { error: `error ${n}` });
  const { history } = driver.job("1");
  expect(history.map((each) => each.error)).toEqual(Array.from({ length: 20 }, (_, n) => `error ${n + 6}`));

  driver.fail(driver.claimOne(), { error: "x".repeat(10_000) });
  expect(driver.job("1").history.at(-1)?.error).toBe("x".repeat(8_192));
  driver.fail(driver.claimOne(), { error: `${"x".repeat(8_191)}\u{1f600}` });
  expect(driver.job("1").history.at(-1)?.error).toBe("x".repeat(8_191));
});
