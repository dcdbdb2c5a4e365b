import { describe, expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import type { QueuePatch } from "../../src/machine/types.ts";
import { NamesGuard } from "../../src/node/namesGuard.ts";
import { Driver, spec } from "../machine/harness.ts";
import { minutely } from "../machine/scheduleHarness.ts";

function guarded() {
  const driver = new Driver();
  const limits = { maxQueues: 2, maxSchedules: 1, maxRateKeys: 2, maxDedupWindows: 2 };
  const guard = new NamesGuard(limits, driver.machine);
  const refused = (check: () => void): string | null => {
    try {
      check();
      return null;
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "LIMIT_REACHED") throw error;
      return error.message;
    }
  };
  return { driver, guard, refused };
}

const setQueue = (queue: string, patch: QueuePatch) => ({ type: "setQueue", queue, patch }) as const;
const setBreaker = (agent: string, open: boolean) =>
  ({ type: "setBreaker", agent, open, openMs: 0, by: "ann", why: "" }) as const;

describe("names beyond the limit are refused with the number, those that are there go on", () => {
  test("queues with jobs", () => {
    const { driver, guard, refused } = guarded();
    const job = (queue: string) => spec(`of ${queue}`, { queue });
    expect(refused(() => guard.checkJobs([job("a"), job("b"), job("a")]))).toBeNull();
    driver.enqueue(job("a"), job("b"));
    expect(refused(() => guard.checkJobs([job("a"), job("b"), job("b")]))).toBeNull();
    const message = refused(() => guard.checkJobs([job("a"), job("c")]));
    expect(message).toContain("queue c would be new, and 2 have jobs; the most is 2, or raise --max-queues");
  });

  test("queues with settings; set back to all defaults one counts no more", () => {
    const { driver, guard, refused } = guarded();
    driver.apply(setQueue("a", { maxRunning: 1 }), setQueue("b", { fair: true }));
    expect(refused(() => guard.checkCommand(setQueue("a", { maxRunning: 2 })))).toBeNull();
    expect(refused(() => guard.checkCommand(setQueue("c", { fair: true })))).toContain("the most is 2");
    driver.apply(setQueue("a", { maxRunning: 0 }));
    expect(refused(() => guard.checkCommand(setQueue("c", { fair: true })))).toBeNull();
    expect(driver.machine.queueNames()).toEqual(["b"]);
  });

  test("schedules", () => {
    const { driver, guard, refused } = guarded();
    const put = (name: string) =>
      ({ type: "putSchedule", spec: minutely(name), nextDueAt: null, by: "ann" }) as const;
    driver.apply(put("a"));
    expect(refused(() => guard.checkCommand(put("a")))).toBeNull();
    expect(refused(() => guard.checkCommand(put("b")))).toContain("--max-schedules");
    driver.apply({ type: "deleteSchedule", name: "a" });
    expect(refused(() => guard.checkCommand(put("b")))).toBeNull();
  });

  test("keys of which claims count towards a rate, until the interval is over", () => {
    const { driver, guard, refused } = guarded();
    driver.apply(setQueue("mail", { ratePerKey: { limit: 9, intervalMs: 1_000 } }));
    const of = (key: string) => spec(`${driver.index}${key}`, { key });
    driver.enqueue(of("a"), of("b"));
    driver.claim(2);
    expect(driver.machine.kept.rates).toBe(2);
    expect(refused(() => guard.checkJobs([of("a"), of("b"), spec("plain")]))).toBeNull();
    expect(refused(() => guard.checkJobs([spec("else", { queue: "else", key: "c" })]))).toBeNull();
    expect(refused(() => guard.checkJobs([of("c")]))).toContain("of 2 keys");
    const known = of("d");
    driver.enqueue(known);
    expect(refused(() => guard.checkJobs([known]))).toBeNull();
    driver.pass(1_000);
    driver.fireTimers();
    expect(refused(() => guard.checkJobs([of("c")]))).toBeNull();
  });

  // Put it in: dedup.ts: count `#holds` alone; or let `hasWindow` ask `#holders`.
  test("dedup keys that windows hold, or will once their jobs have ended", () => {
    const { driver, guard, refused } = guarded();
    const of = (key: string, how: object = {}) =>
      spec(`${driver.index}${key}`, { dedup: { mode: "return", windowMs: 1_000, key, ...how } });
    const [a, b] = [of("a"), of("b")];
    driver.enqueue(a, b, of("plain", { windowMs: 0 }));
    const asItIs = () => {
      expect(driver.machine.kept.windows).toBe(2);
      expect(refused(() => guard.checkJobs([of("c")]))).toContain(
        "2 dedup keys are or will be held by windows, and this one (queue and key mail c) would be new",
      );
      expect(refused(() => guard.checkJobs([of("plain", { mode: "replace" })]))).toContain(
        "--max-dedup-windows",
      );
      // Counted already; without a window; without a key; known.
      expect(refused(() => guard.checkJobs([of("a"), of("b", { mode: "replace" })]))).toBeNull();
      expect(
        refused(() => guard.checkJobs([of("c", { windowMs: 0 }), of("d", { mode: "force" })])),
      ).toBeNull();
      expect(refused(() => guard.checkJobs([spec("keyless")]))).toBeNull();
      expect(refused(() => guard.checkJobs([a, b]))).toBeNull();
    };
    asItIs();
    for (const claimed of driver.claim(2)) driver.complete(claimed);
    asItIs();
    driver.pass(1_000);
    driver.fireTimers();
    expect(driver.machine.kept.windows).toBe(0);
    expect(refused(() => guard.checkJobs([of("c"), of("d")]))).toBeNull();
    // Of a job that is gone before its window is over nothing stays either.
    const late = of("late");
    driver.enqueue(late);
    expect(driver.machine.kept.windows).toBe(1);
    driver.apply({ type: "manage", action: "delete", ids: [late.id], by: "ann", why: "" });
    expect(driver.machine.kept.windows).toBe(0);
  });

  test("a job that is known is no new key, whatever its window", () => {
    const { driver, guard, refused } = guarded();
    const of = (key: string) => spec(key, { dedup: { mode: "return", windowMs: 10, key } });
    const first = of("a");
    driver.enqueue(first);
    driver.pass(10);
    for (const claimed of driver.claim(1)) driver.complete(claimed);
    driver.enqueue(of("b"), of("c"));
    expect(driver.machine.kept.windows).toBe(2);
    expect(refused(() => guard.checkJobs([first]))).toBeNull();
    expect(refused(() => guard.checkJobs([of("d")]))).not.toBeNull();
  });

  test("breakers opened by hand; a reset always goes", () => {
    const { guard, refused } = guarded();
    expect(refused(() => guard.checkCommand(setBreaker("a", true)))).toBeNull();
    const kept = {
      ...guarded().driver.machine.kept,
      breakers: 100_000,
      hasBreaker: (agent: string) => agent === "a",
    };
    const full = new NamesGuard(
      { maxQueues: 1, maxSchedules: 1, maxRateKeys: 1, maxDedupWindows: 1 },
      { kept, queueSettings: (queue) => guarded().driver.machine.queueSettings(queue) },
    );
    expect(refused(() => full.checkCommand(setBreaker("a", true)))).toBeNull();
    expect(refused(() => full.checkCommand(setBreaker("b", false)))).toBeNull();
    expect(refused(() => full.checkCommand(setBreaker("b", true)))).toContain("the most is 100000");
  });
});
