import { describe, expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import type { RetryPolicy } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, ids, spec } from "./harness.ts";

const atOnce: RetryPolicy = {
  maxAttempts: 1_000,
  initialBackoffMs: 0,
  multiplier: 1,
  maxBackoffMs: 0,
  jitter: "none",
};

const job = (id: string, agent = "a") => spec(id, { agent, retry: atOnce, leaseMs: 100_000_000 });
const breakerOf = (driver: Driver, agent = "a") =>
  driver.machine.breakers().find((each) => each.agent === agent);

/** A driver whose agent "a" has failed five times in a row; its jobs "1" and "2" are ready. */
function opened(): Driver {
  const driver = new Driver();
  driver.enqueue(job("1"), job("2"));
  for (let n = 0; n < 5; n++) driver.fail(driver.claimOne(), { error: `boom ${n}` });
  return driver;
}

/** Lets the open time pass and the timer fire. */
function halfOpened(driver = opened()): Driver {
  driver.pass((breakerOf(driver)?.openUntil ?? 0) - driver.now);
  driver.fireTimers();
  return driver;
}

function setBreaker(driver: Driver, open: boolean, openMs = 0): void {
  driver.apply({ type: "setBreaker", agent: "a", open, openMs, by: "ann", why: "upstream is down" });
}

describe("closed", () => {
  test("four failures in a row leave it closed, the fifth opens it for 60 s", () => {
    const driver = new Driver();
    driver.enqueue(job("1"));
    for (let n = 0; n < 4; n++) driver.fail(driver.claimOne());
    expect(breakerOf(driver)).toMatchObject({ state: "closed", failures: 4 });
    driver.fail(driver.claimOne());
    expect(breakerOf(driver)).toMatchObject({ state: "open", openings: 1, openUntil: driver.now + 60_000 });
    expect(driver.claim()).toEqual([]);
    expect(driver.last.notices).toEqual([]);
  });

  test("a success in between begins the count anew", () => {
    const driver = new Driver();
    driver.enqueue(job("1"), job("2"));
    for (let n = 0; n < 4; n++) driver.fail(driver.claimOne());
    driver.complete(driver.claimOne());
    expect(breakerOf(driver)).toBeUndefined();
    for (let n = 0; n < 4; n++) driver.fail(driver.claimOne());
    expect(breakerOf(driver)?.state).toBe("closed");
  });

  test("run-out leases count, releases and cancelled attempts do not", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { agent: "a", retry: atOnce }), job("2"));
    driver.claimOne();
    driver.pass(1_000);
    driver.expire();
    expect(breakerOf(driver)).toMatchObject({ failures: 1, lastFailedAt: driver.now });
    driver.release(driver.claimOne());
    const held = driver.claimOne();
    driver.cancel(held.id);
    driver.fail(held);
    expect(breakerOf(driver)?.failures).toBe(1);
  });

  test("agents are apart, queues are not; jobs without an agent are none's", () => {
    const driver = opened();
    driver.enqueue(job("b", "b"), job("none", ""), { ...job("far"), queue: "far" });
    expect(ids(driver.claim(9))).toEqual(["b", "none"]);
    expect(driver.claim(9, ["far"])).toEqual([]);
  });

  test("a queue with threshold 0 has none", () => {
    const driver = new Driver();
    const breaker = { threshold: 0, initialOpenMs: 1, maxOpenMs: 1 };
    driver.apply({ type: "setQueue", queue: "mail", patch: { breaker } });
    driver.enqueue(job("1"));
    for (let n = 0; n < 20; n++) driver.fail(driver.claimOne());
    expect(breakerOf(driver)).toBeUndefined();
  });

  test("one that remembers a failure for a day is forgotten", () => {
    const driver = new Driver();
    driver.enqueue(job("1"));
    driver.fail(driver.claimOne());
    driver.pass(24 * 3_600_000);
    driver.fireTimers();
    expect(driver.machine.breakerCounts).toEqual({ closed: 0, open: 0, halfOpen: 0 });
  });
});

describe("open and half-open", () => {
  test("it stays open for 60, 120, 240, 480, 960, 1920 and 3600 s, and no longer", () => {
    const driver = opened();
    const seconds: number[] = [];
    for (let n = 0; n < 8; n++) {
      const openMs = (breakerOf(driver)?.openUntil ?? 0) - driver.now;
      seconds.push(openMs / 1_000);
      driver.pass(openMs - 1);
      expect(driver.fireTimers()).toBe(0);
      driver.pass(1);
      expect(driver.fireTimers()).toBe(1);
      driver.fail(driver.claimOne());
    }
    expect(seconds).toEqual([60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
  });

  test("half-open hands out exactly one probe, over all queues", () => {
    const driver = halfOpened();
    driver.enqueue({ ...job("far"), queue: "far" });
    expect(driver.machine.readyCount("mail")).toBe(1);
    expect(driver.claim(9, ["mail", "far"])).toHaveLength(1);
    expect(driver.claim(9, ["mail", "far"])).toEqual([]);
    expect(driver.machine.readyCount("mail")).toBe(0);
    expect(driver.machine.readyCount("far")).toBe(0);
  });

  test("the probe's success closes it as new", () => {
    const driver = halfOpened();
    driver.complete(driver.claimOne());
    expect(breakerOf(driver)).toBeUndefined();
    driver.enqueue(job("3"));
    expect(ids(driver.claim(9))).toEqual(["1", "3"]);
  });

  test("a probe that was given back or cancelled leaves it half-open for another one", () => {
    const driver = halfOpened();
    const first = driver.claimOne();
    driver.release(first);
    expect(breakerOf(driver)).toMatchObject({ state: "halfOpen", probe: null });
    const second = driver.claimOne();
    driver.cancel(second.id);
    driver.fail(second);
    expect(breakerOf(driver)).toMatchObject({ state: "halfOpen", probe: null, openings: 1 });
    expect(driver.claim(9)).toHaveLength(1);
  });

  test("what ran already when it opened changes nothing, however it ends", () => {
    const driver = new Driver();
    driver.enqueue(...["1", "2", "3"].map((id) => job(id)));
    const [one, two] = driver.claim(2);
    if (one === undefined || two === undefined) throw new Error("two were claimed");
    for (let n = 0; n < 5; n++) driver.fail(driver.claimOne());
    const open = breakerOf(driver);
    driver.complete(one);
    driver.fail(two);
    expect(breakerOf(driver)).toEqual(open);
  });

  test("it survives a checkpoint and a restart, the probe too", () => {
    const driver = halfOpened();
    const probe = driver.claimOne();
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    expect(again.claim(9)).toEqual([]);
    again.fail(probe);
    expect(breakerOf(again)).toMatchObject({ state: "open", openUntil: again.now + 120_000 });
    expect(again.machine.nextTimerAt()).toBe(again.now + 120_000);
  });

  test("an enqueue that asks for it is refused while it is open, and told until when", () => {
    const driver = opened();
    const until = new Date(driver.now + 60_000).toISOString();
    driver.pass(1_000);
    const [refused] = driver.enqueue({ ...job("3"), rejectWhenOpen: true });
    const message = `the breaker of agent a is open until ${until}; last error: boom 4`;
    expect(refused?.refusal).toEqual({ code: "BREAKER_OPEN", message });
    expect(driver.machine.job(job("3").id)).toBeUndefined();
    expect(driver.enqueue(job("4"))[0]?.refusal).toBeUndefined();
    halfOpened(driver);
    expect(driver.enqueue({ ...job("3"), rejectWhenOpen: true })[0]?.refusal).toBeUndefined();
  });
});

describe("by hand", () => {
  test("opened for a time it becomes half-open, opened until reset it does not", () => {
    const driver = new Driver();
    driver.enqueue(job("1"), job("2"));
    setBreaker(driver, true, 500);
    expect(driver.claim()).toEqual([]);
    driver.pass(500);
    driver.fireTimers();
    expect(breakerOf(driver)).toMatchObject({ state: "halfOpen", byHand: null });
    setBreaker(driver, true);
    expect(driver.machine.nextTimerAt()).toBeNull();
    const byHand = { by: "ann", why: "upstream is down", at: LogTimeMs(driver.now) };
    expect(breakerOf(driver)).toMatchObject({ state: "open", openUntil: 0, byHand });
  });

  test("an enqueue that is refused meanwhile is told who did it and why, as far as that is known", () => {
    const driver = new Driver();
    const refusal = () => driver.enqueue({ ...job("3"), rejectWhenOpen: true })[0]?.refusal?.message;
    setBreaker(driver, true);
    const at = new Date(driver.now).toISOString();
    const byHand = `the breaker of agent a is open until it is reset by hand; opened by hand at ${at}`;
    expect(refusal()).toBe(`${byHand} by ann: upstream is down`);
    driver.apply({ type: "setBreaker", agent: "a", open: true, openMs: 0, by: "", why: "" });
    expect(refusal()).toBe(byHand);
  });

  test("a probe that is out when it is opened by hand does not close it", () => {
    const driver = halfOpened();
    const probe = driver.claimOne();
    setBreaker(driver, true);
    driver.complete(probe);
    expect(breakerOf(driver)?.state).toBe("open");
  });

  test("reset makes it as new at once", () => {
    const driver = opened();
    setBreaker(driver, false);
    expect(breakerOf(driver)).toBeUndefined();
    expect(driver.claim(9)).toHaveLength(2);
  });
});

test("of more agents than are remembered the one that has been quiet for longest is forgotten, an open one never", () => {
  const driver = new Driver();
  const failing = (agent: string) => {
    driver.enqueue(spec(agent, { agent }));
    driver.fail(driver.claimOne());
    driver.pass(1);
  };
  failing("first");
  failing("second");
  const byHand = (agent: string) =>
    ({ type: "setBreaker", agent, open: true, openMs: 0, by: "ann", why: "" }) as const;
  driver.apply(...Array.from({ length: 99_998 }, (_, n) => byHand(`open${n}`)));
  const known = () => ["first", "second", "third"].filter((agent) => driver.machine.kept.hasBreaker(agent));
  expect([driver.machine.kept.breakers, known()]).toEqual([100_000, ["first", "second"]]);
  failing("third");
  expect([driver.machine.kept.breakers, known()]).toEqual([100_000, ["second", "third"]]);
  driver.apply(byHand("second"), byHand("third"));
  failing("fourth");
  expect(driver.machine.kept).toMatchObject({ breakers: 100_000 });
  expect(driver.machine.kept.hasBreaker("fourth")).toBe(false);
});
