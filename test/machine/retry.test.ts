import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { backoffDelayMs } from "../../src/machine/index.ts";
import { checkInvariants } from "../support/machineInvariants.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, ids, spec } from "./harness.ts";

test("a failed attempt is scheduled anew, and its notice has all that an operator asks for", () => {
  const driver = new Driver();
  driver.enqueue(spec("1", { agent: "agent-7" }));
  const held = driver.claimOne();
  driver.pass(10);
  const dueAt = driver.now + 1_000;
  expect(driver.fail(held, { error: "no route to host" })).toEqual({
    ok: true,
    type: "fail",
    nextDueAt: dueAt,
  });
  expect(driver.last.notices).toEqual([
    {
      type: "attemptFailed",
      id: "1",
      queue: "mail",
      agent: "agent-7",
      attempt: 1,
      maxAttempts: 3,
      end: "failed",
      error: "no route to host",
      delayMs: 1_000,
      dueAt,
    },
  ]);
  expect(driver.job("1")).toMatchObject({ state: "scheduled", dueAt, claim: null, attempt: 1 });
  expect(driver.machine.agentsInBackoff).toBe(1);
  expect(driver.machine.nextTimerAt()).toBe(dueAt);
  driver.pass(999);
  expect(driver.fireTimers(), "not a millisecond early").toBe(0);
  driver.pass(1);
  expect(driver.fireTimers()).toBe(1);
  expect(driver.machine.agentsInBackoff).toBe(0);
  expect(driver.claimOne().attempt).toBe(2);
});

test("after its last attempt a job is dead, with its reason and history, and is never handed out again (Q6, Q8)", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  const dueTimes: number[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    const result = driver.fail(driver.claimOne(), { error: `error ${attempt}` });
    if (result.ok && result.type === "fail" && result.nextDueAt !== null)
      dueTimes.push(result.nextDueAt - driver.now);
    if (attempt < 3) driver.pass(60_000);
    if (attempt < 3) driver.fireTimers();
  }
  expect(dueTimes).toEqual([1_000, 2_000]);
  expect(driver.last.notices).toEqual([
    {
      type: "jobDead",
      id: "1",
      queue: "mail",
      agent: "",
      attempts: 3,
      reason: "attempt 3 of 3 failed: error 3",
      workerId: "w1",
    },
  ]);
  expect(driver.job("1")).toMatchObject({ state: "dead", attempt: 3, finishedAt: driver.now });
  expect(driver.job("1").history.map((each) => each.error)).toEqual(["error 1", "error 2", "error 3"]);
  driver.pass(3_600_000);
  driver.fireTimers();
  expect(driver.claim(9)).toEqual([]);
});

test("a failure that is not to be retried is the last one", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  driver.fail(driver.claimOne(), { error: "no such file", retryable: false });
  expect(driver.job("1")).toMatchObject({
    state: "dead",
    reason: "attempt 1 of 3 failed and is not to be retried: no such file",
  });
});

test("a worker's retryAfterMs is the delay, up to the policy's maximum", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"), spec("2"));
  expect(driver.fail(driver.claimOne(), { retryAfterMs: 5_000 })).toMatchObject({
    nextDueAt: driver.now + 5_000,
  });
  expect(driver.fail(driver.claimOne(), { retryAfterMs: 9e6 })).toMatchObject({
    nextDueAt: driver.now + 60_000,
  });
});

test("fail storm: 5000 jobs that always fail all end dead, each once, in bounded entries", () => {
  const driver = new Driver();
  const jobs = Array.from({ length: 5_000 }, (_, n) =>
    spec(`job-${n}`, { retry: { ...spec("x").retry, jitter: "full" }, agent: `agent-${n % 7}` }),
  );
  const never = { threshold: 0, initialOpenMs: 0, maxOpenMs: 0 };
  driver.apply({ type: "setQueue", queue: "mail", patch: { breaker: never } });
  driver.enqueue(...jobs);
  const dead = new Map<string, number>();
  let retries = 0;
  while (driver.machine.totals.deaths < jobs.length) {
    const claimed = driver.claim(700);
    const acts = claimed.map(({ id, token }) => {
      return { type: "fail", id, token, error: "down", retryable: true, retryAfterMs: null } as const;
    });
    driver.apply({ type: "act", acts });
    for (const notice of driver.last.notices) {
      if (notice.type === "jobDead") dead.set(notice.id, (dead.get(notice.id) ?? 0) + 1);
      else retries += 1;
    }
    driver.pass(250);
    expect(driver.fireTimers()).toBeLessThanOrEqual(2_000);
  }
  checkInvariants(driver.machine);
  expect(retries).toBe(10_000);
  expect([...dead.values()].every((count) => count === 1)).toBe(true);
  expect(dead.size).toBe(5_000);
  expect(driver.machine.totals).toMatchObject({
    enqueued: 5_000,
    attempts: 15_000,
    failures: 15_000,
    deaths: 5_000,
  });
  expect(ids(driver.claim(9))).toEqual([]);
});

test("decorrelated jitter goes on from the delay before, also after a restart", () => {
  const retry = { ...spec("a").retry, maxAttempts: 9, jitter: "decorrelated" } as const;
  const driver = new Driver();
  driver.enqueue(spec("a", { retry }));
  let before = 0;
  let machine = driver;
  for (let attempt = 1; attempt <= 5; attempt++) {
    machine.fail(machine.claimOne());
    const delay = machine.job("a").dueAt - machine.now;
    expect(delay).toBe(backoffDelayMs(retry, JobId("a"), attempt, null, before));
    before = delay;
    const shelf = new RecordShelf();
    shelf.write(machine.machine.beginCheckpoint());
    const { now } = machine;
    if (attempt === 2) machine = new Driver(shelf.restore());
    machine.now = now + delay;
    machine.fireTimers();
  }
});

test("a job that is redriven begins its delays anew, whatever they had grown to", () => {
  const driver = new Driver();
  const retry = {
    maxAttempts: 5,
    initialBackoffMs: 1_000,
    multiplier: 2,
    maxBackoffMs: 60_000_000,
    jitter: "decorrelated",
  } as const;
  driver.enqueue(spec("a", { retry }));
  const delays = (): number[] =>
    [1, 2, 3, 4].map(() => {
      const result = driver.fail(driver.claimOne());
      const delayMs = (result.ok && result.type === "fail" ? (result.nextDueAt ?? 0) : 0) - driver.now;
      driver.pass(delayMs);
      driver.fireTimers();
      return delayMs;
    });
  const before = delays();
  expect(before.at(-1)).toBeGreaterThan(3_000);
  driver.cancel("a");
  driver.apply({ type: "manage", action: "redrive", ids: [spec("a").id], by: "ann", why: "" });
  expect(delays()).toEqual(before);
});
