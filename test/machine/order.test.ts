import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FencingToken, LogTimeMs } from "../../src/base/brands.ts";
import type { RetryPolicy } from "../../src/machine/types.ts";
import { Driver, ids, spec } from "./harness.ts";

const atOnce: RetryPolicy = {
  maxAttempts: 3,
  initialBackoffMs: 0,
  multiplier: 1,
  maxBackoffMs: 0,
  jitter: "none",
};

describe("who is handed out first (Q10)", () => {
  test("first ready, first out", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"));
    driver.enqueue(spec("3"));
    expect(ids(driver.claim(2))).toEqual(["1", "2"]);
    expect(ids(driver.claim(2))).toEqual(["3"]);
    expect(driver.claim(2)).toEqual([]);
  });

  test("priority over the worker's queues before the order of its queues, and that before age", () => {
    const driver = new Driver();
    driver.enqueue(
      spec("a-low", { queue: "a", priority: "low" }),
      spec("a-normal", { queue: "a" }),
      spec("b-normal", { queue: "b" }),
      spec("b-high", { queue: "b", priority: "high" }),
      spec("c-high", { queue: "c", priority: "high" }),
    );
    expect(ids(driver.claim(9, ["b", "a"]))).toEqual(["b-high", "b-normal", "a-normal", "a-low"]);
    expect(ids(driver.claim(9, ["c"]))).toEqual(["c-high"]);
  });

  test("a delayed job queues up when it becomes ready, not when it was enqueued", () => {
    const driver = new Driver();
    driver.enqueue(spec("delayed", { delayMs: 50 }), spec("early"));
    driver.pass(50);
    driver.enqueue(spec("between"));
    expect(driver.fireTimers()).toBe(1);
    driver.enqueue(spec("late"));
    expect(ids(driver.claim(9))).toEqual(["early", "between", "delayed", "late"]);
  });

  test("due jobs become ready in the order of their due times, equal ones in that of enqueueing", () => {
    const driver = new Driver();
    const at = (ms: number) => ({ runAt: LogTimeMs(driver.now + ms) });
    driver.enqueue(spec("20", at(20)), spec("10", at(10)), spec("10b", { delayMs: 10 }), spec("5", at(5)));
    driver.pass(20);
    driver.fireTimers();
    expect(ids(driver.claim(9))).toEqual(["5", "10", "10b", "20"]);
  });

  test("the later of runAt and delayMs holds, and nothing runs before its time (Q9)", () => {
    const driver = new Driver();
    driver.enqueue(spec("both", { runAt: LogTimeMs(driver.now + 10), delayMs: 30 }));
    driver.pass(29);
    expect(driver.fireTimers()).toBe(0);
    expect(driver.claim()).toEqual([]);
    expect(driver.machine.nextTimerAt()).toBe(driver.now + 1);
    driver.pass(1);
    expect(driver.claim(), "due, but only a committed entry makes it ready").toEqual([]);
    driver.fireTimers();
    expect(ids(driver.claim())).toEqual(["both"]);
  });

  test("released jobs go back to their old places, whatever the order of the releases", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), (releases) => {
        const driver = new Driver();
        driver.enqueue(...Array.from({ length: 9 }, (_, n) => spec(`${n}`)));
        const held = driver.claim(6);
        for (const at of releases) {
          const job = held[at];
          if (job !== undefined) driver.release(job);
        }
        const back = [...releases].sort((a, b) => a - b).map(String);
        expect(ids(driver.claim(9))).toEqual([...back, "6", "7", "8"]);
      }),
    );
  });

  test("without a backoff, a job whose lease ran out keeps its place; one that failed goes to the end", () => {
    const driver = new Driver();
    driver.enqueue(...["expires", "fails", "waits"].map((id) => spec(id, { retry: atOnce })));
    const [, fails] = driver.claim(2);
    if (fails === undefined) throw new Error("two jobs were claimed");
    driver.fail(fails);
    driver.pass(1_000);
    driver.expire();
    expect(ids(driver.claim(9))).toEqual(["expires", "waits", "fails"]);
  });

  test("cancelling takes a job out of the middle, the head or the tail of its queue", () => {
    for (const gone of ["1", "2", "3"]) {
      const driver = new Driver();
      driver.enqueue(spec("1"), spec("2"), spec("3"));
      driver.cancel(gone);
      driver.enqueue(spec("4"));
      expect(ids(driver.claim(9))).toEqual(["1", "2", "3", "4"].filter((id) => id !== gone));
    }
  });
});

test("an id that is known names the same job: enqueueing it again changes nothing (R14)", () => {
  const driver = new Driver();
  expect(driver.enqueue(spec("1"))).toEqual([{ id: "1", state: "ready", existing: false }]);
  driver.claim();
  expect(driver.enqueue(spec("1", { queue: "other" }), spec("2"), spec("2"))).toEqual([
    { id: "1", state: "running", existing: true },
    { id: "2", state: "ready", existing: false },
    { id: "2", state: "ready", existing: true },
  ]);
  expect(driver.job("1").spec.queue).toBe("mail");
  expect(driver.machine.totals.enqueued).toBe(2);
});

test("a job is claimed at most once in an entry, so that its token is one claim's (Q4)", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"), spec("2"));
  const token = FencingToken(driver.index + 1);
  const claim = { type: "claim", workerId: "w1", queues: ["mail"], slots: 1 } as const;
  const release = { type: "act", acts: [{ type: "release", id: spec("1").id, token }] } as const;
  const claimed = driver
    .apply(claim, release, claim, claim)
    .flatMap((each) => (each.type === "claim" ? [ids(each.jobs)] : []));
  expect(claimed).toEqual([["1"], ["2"], []]);
  expect(driver.job("1")).toMatchObject({ state: "ready", attempt: 0, lastToken: token });
  expect(ids(driver.claim(9)), "in a later entry it is handed out again").toEqual(["1"]);
});

test("a claim for no slots, or for queues that nobody has used, is handed nothing", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  expect(driver.claim(0)).toEqual([]);
  expect(driver.claim(5, ["elsewhere"])).toEqual([]);
});
